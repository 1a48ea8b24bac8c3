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
import java.util.Optional;
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
 * Looks up the founders of a cluster in DNS: each SRV record is a peer URL, {@code https} or {@code
 * http} as the record's own name says; both kinds together are the cluster, as in etcd. Records say
 * no names, so every member but this one is named after its host and port. Blocks for a few seconds
 * at most. Immutable.
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
   * @throws ConfigurationException with one line, if there are no records, or if none of them is
   *     this member's
   */
  InitialCluster members(SrvService service, String name, List<MemberUrl> advertised) {
    String both = service.secureName() + " and " + service.plainName();
    List<MemberUrl> urls = new ArrayList<>();
    Optional<String> secureFailure = add(urls, "https", service.secureName());
    Optional<String> plainFailure = add(urls, "http", service.plainName());
    if (urls.isEmpty()) {
      throw refusal(both, plainFailure.or(() -> secureFailure).orElse("there are none"));
    }
    SortedMap<String, List<MemberUrl>> members = new TreeMap<>();
    for (MemberUrl url : urls) {
      boolean isOwn = advertised.stream().anyMatch(own -> comparison.samePlace(own, url));
      members.computeIfAbsent(isOwn ? name : url.authority(), any -> new ArrayList<>()).add(url);
    }
    if (!members.containsKey(name)) {
      throw refusal(
          both,
          "cannot find local member \"%s\" at %s in SRV records %s"
              .formatted(name, advertised, urls));
    }
    return new InitialCluster(members);
  }

  /**
   * Adds what one of the names has. A failure counts only if the other name has nothing either:
   * servers report an unknown name in many ways.
   */
  private Optional<String> add(List<MemberUrl> urls, String scheme, String recordName) {
    try {
      urls.addAll(query(scheme, recordName));
    } catch (NameNotFoundException none) {
      LOG.debug("no SRV records {}", recordName);
    } catch (NamingException failed) {
      LOG.debug("no SRV records {}", recordName, failed);
      return Optional.of(reason(failed));
    }
    return Optional.empty();
  }

  /** Nothing is deserialized here: the only context is that of DNS. */
  @SuppressWarnings("BanJNDI")
  private List<MemberUrl> query(String scheme, String recordName) throws NamingException {
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put(Context.PROVIDER_URL, servers);
    environment.put("com.sun.jndi.dns.timeout.initial", FIRST_TIMEOUT_MILLIS);
    environment.put("com.sun.jndi.dns.timeout.retries", ATTEMPTS);
    DirContext dns = new InitialDirContext(environment);
    try {
      Attribute records = dns.getAttributes(recordName, new String[] {"SRV"}).get("SRV");
      return records == null ? List.of() : urls(scheme, recordName, records.getAll());
    } finally {
      dns.close();
    }
  }

  private static List<MemberUrl> urls(
      String scheme, String recordName, NamingEnumeration<?> records) throws NamingException {
    List<MemberUrl> urls = new ArrayList<>();
    while (records.hasMore()) {
      urls.add(url(scheme, recordName, String.valueOf(records.next())));
    }
    return urls;
  }

  /** A record consists of priority, weight, port and target. */
  private static MemberUrl url(String scheme, String recordName, String record) {
    String[] parts = record.split(" ");
    try {
      return MemberUrl.parse(scheme + "://" + parts[3].replaceFirst("\\.$", "") + ":" + parts[2]);
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
