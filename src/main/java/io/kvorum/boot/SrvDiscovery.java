package io.kvorum.boot;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.SrvService;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.MemberUrl;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/**
 * Looks up the founders of a cluster in DNS: each SRV record is a peer URL. Records have no names,
 * so every member but this one is named after its host and port. Blocks for a few seconds at most.
 * Immutable.
 */
final class SrvDiscovery {
  /** The name servers that this machine is configured with. */
  static final String SYSTEM_SERVERS = "dns:";

  private static final Log LOG = Log.of(SrvDiscovery.class);
  private static final String FIRST_TIMEOUT_MILLIS = "1000";
  private static final String ATTEMPTS = "3";

  private final String servers;
  private final UrlComparison comparison;

  /**
   * @param servers in JNDI's notation: {@code dns://host:port} for a particular server
   * @param comparison finds this member's own record
   */
  SrvDiscovery(String servers, UrlComparison comparison) {
    this.servers = servers;
    this.comparison = comparison;
  }

  /**
   * The members that the records name.
   *
   * @param name of this member
   * @param advertised this member's URLs; records that lead to the same places are its own
   * @throws ConfigurationException with one line, if there are no records, if none of them is this
   *     member's, or if members use TLS
   */
  InitialCluster members(SrvService service, String name, List<MemberUrl> advertised) {
    List<MemberUrl> urls = plain(service);
    if (hasSecure(service)) {
      throw refusal(service.secureName(), "TLS is not supported yet");
    }
    if (urls.isEmpty()) {
      throw refusal(service.plainName(), "there are none");
    }
    SortedMap<String, List<MemberUrl>> members = new TreeMap<>();
    for (MemberUrl url : urls) {
      boolean isOwn = advertised.stream().anyMatch(own -> comparison.samePlace(own, url));
      members.computeIfAbsent(isOwn ? name : url.authority(), any -> new ArrayList<>()).add(url);
    }
    if (!members.containsKey(name)) {
      throw refusal(
          service.plainName(),
          "cannot find local member \"%s\" at %s in SRV records %s"
              .formatted(name, advertised, urls));
    }
    return new InitialCluster(members);
  }

  private List<MemberUrl> plain(SrvService service) {
    try {
      return query(service.plainName());
    } catch (NameNotFoundException none) {
      return List.of();
    } catch (NamingException failed) {
      throw refusal(service.plainName(), reason(failed));
    }
  }

  /** Servers report an unknown name in many ways. */
  private boolean hasSecure(SrvService service) {
    try {
      return !query(service.secureName()).isEmpty();
    } catch (NameNotFoundException none) {
      return false;
    } catch (NamingException failed) {
      LOG.debug("no SRV records {}", service.secureName(), failed);
      return false;
    }
  }

  /** Nothing is deserialized here: the only context is that of DNS. */
  @SuppressWarnings("BanJNDI")
  private List<MemberUrl> query(String recordName) throws NamingException {
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put(Context.PROVIDER_URL, servers);
    environment.put("com.sun.jndi.dns.timeout.initial", FIRST_TIMEOUT_MILLIS);
    environment.put("com.sun.jndi.dns.timeout.retries", ATTEMPTS);
    DirContext dns = new InitialDirContext(environment);
    try {
      Attribute records = dns.getAttributes(recordName, new String[] {"SRV"}).get("SRV");
      return records == null ? List.of() : urls(recordName, records.getAll());
    } finally {
      dns.close();
    }
  }

  private static List<MemberUrl> urls(String recordName, NamingEnumeration<?> records)
      throws NamingException {
    List<MemberUrl> urls = new ArrayList<>();
    while (records.hasMore()) {
      urls.add(url(recordName, String.valueOf(records.next())));
    }
    return urls;
  }

  /** A record consists of priority, weight, port and target. */
  private static MemberUrl url(String recordName, String record) {
    String[] parts = record.split(" ");
    try {
      return MemberUrl.parse("http://" + parts[3].replaceFirst("\\.$", "") + ":" + parts[2]);
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException malformed) {
      throw refusal(recordName, "malformed record \"" + record + "\"");
    }
  }

  private static ConfigurationException refusal(String recordName, String reason) {
    return new ConfigurationException(
        "cannot use SRV records " + recordName + " (--discovery-srv): " + reason);
  }

  private static String reason(NamingException failure) {
    Throwable root = failure.getRootCause();
    return root == null ? String.valueOf(failure.getMessage()) : Reason.of(root);
  }
}
