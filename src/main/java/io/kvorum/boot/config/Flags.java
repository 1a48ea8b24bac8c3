package io.kvorum.boot.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lists every flag that Kvorum knows: etcd's (API level 3.7) and its own. The command line, the
 * environment variables, the configuration file and the help are all derived from this table.
 *
 * <p>Held by: FlagsPageTest, FlagStatusTest.
 */
public final class Flags {
  /**
   * One flag per line: name | kind | default | status | help, and where it does not work | why, and
   * what to do instead. Its status is works, ignored or refused. A line that starts with "#" is the
   * heading of a group. For flags of kind "any", the last cell only says what to write instead.
   */
  private static final String TABLE =
      """
      # Member
      config-file | string | | works | YAML file with these settings; with it, all other flags and variables are ignored.
      name | string | default | works | Human-readable name of this member.
      data-dir | string | | works | Directory of all data of this member; by default <name>.etcd in the working directory.
      wal-dir | string | | works | Directory of the write-ahead log; by default inside the data directory.
      snapshot-count | uint | 10000 | works | Entries of the Raft log, of one or many writes each, after which it may be cut; more than 1000 count as 1000.
      heartbeat-interval | uint | 100 | works | Milliseconds between two heartbeats of the leader.
      election-timeout | uint | 1000 | works | Milliseconds without a leader before an election.
      initial-election-tick-advance | bool | true | ignored | Shorten a starting member's first wait for a leader. | a starting member that hears no leader asks for pre-votes within a quarter of the election timeout, which disturbs no leader.
      listen-peer-urls | URLs | http://localhost:2380 | works | Where this member listens for other members.
      listen-client-urls | URLs | http://localhost:2379 | works | Where this member listens for clients, gRPC and JSON: addresses, no host names, or sockets such as unix:///run/kvorum.sock, with TLS unixs:///run/kvorum.sock.
      listen-client-http-urls | URLs | | works | Where this member serves HTTP only; the client URLs then serve gRPC only.
      max-snapshots | uint | 5 | ignored | Snapshot files to keep. | Kvorum has no snapshot files: its store takes their place.
      max-wals | uint | 5 | ignored | Files of the write-ahead log to keep. | Kvorum keeps as much of its log as other members may need.
      memory-mlock | bool | false | refused | Keep the process out of swap. | a Java process cannot lock its memory; switch swap off for it, as by MemorySwapMax=0 in its systemd unit, or for the machine
      quota-backend-bytes | int | 0 | works | Size of the store that raises the NOSPACE alarm; 0 means 2 GiB, negative no limit.
      backend-bbolt-freelist-type | string | map | ignored | Free list of the bbolt backend. | Kvorum has no bbolt.
      backend-batch-interval | duration | | ignored | Longest time before the backend commits. | Kvorum decides itself when its history is written, behind the log.
      backend-batch-limit | int | 0 | ignored | Most operations before the backend commits. | Kvorum decides itself when its history is written, behind the log.
      max-txn-ops | uint | 128 | works | Most operations in one transaction.
      max-request-bytes | uint | 1572864 | works | Largest request, in bytes; at most 62914560, which is 60 MiB.
      max-concurrent-streams | uint | 4294967295 | works | Most calls of one connection at a time.
      grpc-keepalive-min-time | duration | 5s | works | Shortest time between two pings of a client with open calls; one that pings more often is disconnected.
      grpc-keepalive-interval | duration | 2h | works | Silence of a client after which it is pinged.
      grpc-keepalive-timeout | duration | 20s | works | Wait for the answer to a ping before the connection is closed.
      socket-reuse-port | bool | false | refused | Set SO_REUSEPORT on listeners. | two processes with one port would share its clients; stop the other process first
      socket-reuse-address | bool | false | works | Kept for compatibility: listeners always have SO_REUSEADDR.
      enable-grpc-gateway | bool | true | works | Serve JSON on the client URLs.
      raft-read-timeout | duration | 5s | ignored | Read timeout of connections between members. | members ping each other, and close a connection that is silent for 3 s.
      raft-write-timeout | duration | 5s | ignored | Write timeout of connections between members. | members ping each other, and close a connection that is silent for 3 s.
      feature-gates | string | | works | Feature gates, as in InitialCorruptCheck=true,CompactHashCheck=true; docs/flags.md says which have an effect.
      # Clustering
      initial-advertise-peer-urls | URLs | | works | Where other members find this one; by default its URLs in initial-cluster, or else http://localhost:2380.
      initial-cluster | string | | works | Members at the first start, as in a=http://host1:2380,b=http://host2:2380; by default this member alone.
      initial-cluster-state | string | new | works | Whether this member founds a cluster (new) or joins a running one (existing).
      initial-cluster-token | string | etcd-cluster | works | Distinguishes clusters with the same URLs.
      advertise-client-urls | URLs | | works | Where clients find this member; by default the URLs that it listens on, unless they stand for all addresses.
      discovery | string | | refused | URL of a discovery service.
      discovery-token | string | | refused | Token of the cluster at the discovery service.
      discovery-endpoints | string | | refused | Endpoints of the discovery service.
      discovery-dial-timeout | duration | 2s | refused | Time to reach the discovery service.
      discovery-request-timeout | duration | 5s | refused | Time for a request to it.
      discovery-keepalive-time | duration | 2s | refused | Time between two pings to it.
      discovery-keepalive-timeout | duration | 6s | refused | Wait for the answer to a ping.
      discovery-insecure-transport | bool | true | refused | Talk to it without TLS.
      discovery-insecure-skip-tls-verify | bool | false | refused | Do not verify its certificate.
      discovery-cert | string | | refused | Certificate to present to it.
      discovery-key | string | | refused | Key of that certificate.
      discovery-cacert | string | | refused | Certificate authority of the discovery service.
      discovery-user | string | | refused | User at the discovery service.
      discovery-password | string | | refused | Password at the discovery service.
      discovery-fallback | string | exit | ignored | What to do when discovery fails. | Kvorum has no discovery service that could fail.
      discovery-proxy | string | | refused | HTTP proxy for requests to it.
      discovery-srv | string | | works | Domain with SRV records of the members, instead of initial-cluster.
      discovery-srv-name | string | | works | Suffix of the SRV service name, as in _etcd-server-<suffix>._tcp.
      strict-reconfig-check | bool | true | works | Refuse membership changes that would lose the quorum.
      pre-vote | bool | true | ignored | Run a pre-vote before each election. | a pre-vote always comes first, so that a member that was cut off disturbs no leader.
      auto-compaction-retention | string | 0 | works | History to keep: hours or a duration (periodic), or revisions (revision); 0 keeps all.
      auto-compaction-mode | string | periodic | works | How to read the retention: periodic or revision.
      v2-deprecation | string | write-only | ignored | How far the store of version 2 of the API is given up. | Kvorum has no store of version 2.
      # Security
      cert-file | string | | works | Certificate to present to clients of https URLs, in PEM, with its chain.
      key-file | string | | works | Key of that certificate: PKCS #8, PKCS #1 or SEC 1, not encrypted.
      client-cert-auth | bool | false | works | Demand a certificate from clients of https URLs.
      client-cert-file | string | | ignored | Certificate of the gateway for its calls to itself. | Kvorum serves JSON without calls to itself.
      client-key-file | string | | ignored | Key of that certificate. | Kvorum serves JSON without calls to itself.
      client-crl-file | string | | works | Revoked client certificates, as a list in DER or PEM.
      client-cert-allowed-hostname | string | | works | Host names or addresses, of which a client certificate must be valid for one.
      trusted-ca-file | string | | works | Certificate authorities of clients; with it, clients of https URLs must have a certificate.
      auto-tls | bool | false | works | Serve https URLs with a certificate that this member makes, unless one is given.
      peer-cert-file | string | | works | Certificate to present to other members on https URLs, as a server and as a client, in PEM, with its chain.
      peer-key-file | string | | works | Key of that certificate: PKCS #8, PKCS #1 or SEC 1, not encrypted.
      peer-client-cert-auth | bool | false | works | Demand a certificate from members that connect to https URLs.
      peer-client-cert-file | string | | works | Certificate for calls to other members, instead of peer-cert-file.
      peer-client-key-file | string | | works | Key of that certificate.
      peer-trusted-ca-file | string | | works | Certificate authorities of members; with it, those that connect to https URLs must have a certificate.
      peer-cert-allowed-cn | string | | works | Common names, of which a member's certificate must have one.
      peer-cert-allowed-hostname | string | | works | Host names or addresses, of which a member's certificate must be valid for one.
      peer-auto-tls | bool | false | works | Encrypt between members, with certificates that they make and do not verify, unless one is given.
      self-signed-cert-validity | uint | 1 | works | Years that generated certificates are valid.
      peer-crl-file | string | | works | Revoked certificates of members, as a list in DER or PEM.
      cipher-suites | string | | works | Cipher suites of TLS 1.2 to offer, by their names in Go.
      cors | string | * | works | Origins that browsers may call from, as in http://a.example:80; * for all.
      host-whitelist | string | * | works | Host names that HTTP requests without TLS may carry; * for all.
      tls-min-version | string | TLS1.2 | works | Oldest TLS version: TLS1.2 or TLS1.3.
      tls-max-version | string | | works | Newest TLS version; by default the newest there is.
      # Auth
      auth-token | string | simple | works | Kind of token, and its options: simple, or jwt,sign-method=RS256,pub-key=<file>,priv-key=<file>,ttl=5m.
      bcrypt-cost | uint | 10 | works | Cost of hashing a password, from 4 to 16; each more doubles the time.
      auth-token-ttl | uint | 300 | works | Time to live of a simple token without use, in seconds; 0 means 300.
      # Profiling and Monitoring
      enable-pprof | bool | false | works | Serve diagnostics of the JVM below /debug/pprof/ on the client URLs, for this machine and for administrators.
      metrics | string | basic | works | Detail of the metrics: basic, or extensive for the handling time of each method.
      listen-metrics-urls | URLs | | works | Additional URLs for /metrics and the health checks.
      # Logging
      logger | string | zap | works | Kept for compatibility: must be zap.
      log-outputs | string | default | works | Where the log goes: default or stderr, stdout, systemd/journal, or paths of files, separated by commas.
      log-level | string | info | works | Lowest level of the log: debug, info, warn, error, dpanic, panic or fatal; the last four are the same.
      log-format | string | console | works | Form of the log: console, lines of text, or json, objects with the fields that etcd writes by default.
      enable-log-rotation | bool | false | works | Rotate the file in log-outputs.
      log-rotation-config-json | string | {"maxsize":100,"maxage":0,"maxbackups":0,"localtime":false,"compress":false} | works | How to rotate it: size in MB, days and number of old files to keep (0 for all), local time in their names, compression.
      warning-unary-request-duration | duration | 300ms | works | Log calls that take longer; 0 means 300ms.
      # Distributed Tracing
      enable-distributed-tracing | bool | false | works | Export a trace of calls by OpenTelemetry.
      distributed-tracing-address | string | localhost:4317 | works | Host and port of the collector that takes OTLP over gRPC, without TLS.
      distributed-tracing-service-name | string | etcd | works | Name of the service in traces; the same for all members.
      distributed-tracing-instance-id | string | | works | ID of this member in traces; unique within the service.
      distributed-tracing-sampling-rate | uint | 0 | works | Calls to trace, per million, of those whose client does not say; up to 1000000.
      # Features
      corrupt-check-time | duration | 0s | works | Time between two comparisons of all members' whole stores, by the leader; 0 for none.
      compact-hash-check-time | duration | 1m | works | Time between two comparisons of what compactions found, with the feature gate CompactHashCheck.
      compaction-batch-limit | int | 1000 | ignored | Revisions that one step of a compaction drops. | a compaction paces itself: it pauses nine times as long as each step has taken.
      peer-skip-client-san-verification | bool | false | works | Accept a certificate of a member from any address.
      watch-progress-notify-interval | duration | 10m | works | Time between two progress notifications of an idle watch.
      warning-apply-duration | duration | 100ms | works | Log commands that take longer to apply; 0 logs all.
      bootstrap-defrag-threshold-megabytes | uint | 0 | ignored | Free space that triggers defragmentation at the start. | a member defragments its store while it runs; see --auto-defrag-free-ratio.
      max-learners | int | 1 | works | Most learners in the cluster.
      compaction-sleep-interval | duration | | ignored | Pause between two steps of a compaction. | a compaction paces itself: it pauses nine times as long as each step has taken.
      downgrade-check-time | duration | 5s | ignored | Time between two checks for a downgrade. | there is nothing to check: a downgrade lasts until it is cancelled.
      snapshot-catchup-entries | uint | 5000 | ignored | Entries to keep behind a snapshot for a slow member. | Kvorum keeps up to 256 MiB of its log for members that are behind.
      # Unsafe Feature
      force-new-cluster | bool | false | works | Make this member, with its data, a cluster of one; the other members are removed.
      unsafe-no-fsync | bool | false | ignored | Do not wait for writes to reach the disk. | Kvorum always waits for the disk.
      # Former flags of etcd
      cluster-active-size | any | | ignored | Members that take part in consensus.
      cluster-remove-delay | any | | ignored | Time after which a silent member is removed.
      cluster-sync-interval | any | | ignored | Time between two comparisons of the list of members.
      config | any | | ignored | Configuration file. | --config-file
      force | any | | ignored | Start with other settings than before.
      max-result-buffer | any | | ignored | Results to keep for watchers.
      max-retry-attempts | any | | ignored | Attempts to join a cluster.
      peer-heartbeat-interval | any | | ignored | Time between two heartbeats. | --heartbeat-interval
      peer-election-timeout | any | | ignored | Time without a leader before an election. | --election-timeout
      retry-interval | any | | ignored | Time between two attempts to join a cluster.
      snapshot | any | | ignored | Make snapshots of the log. | --snapshot-count
      v | any | | ignored | Log more. | --log-level=debug
      vv | any | | ignored | Log much more. | --log-level=debug
      test.coverprofile | any | | ignored | File of a coverage test of etcd.
      test.outputdir | any | | ignored | Directory of a coverage test of etcd.
      # Kvorum
      admin-cert-file | string | | works | Certificate, in PEM, of an https:// URL in kvorum-admin-url.
      admin-key-file | string | | works | Key of that certificate.
      admin-trusted-ca-file | string | | works | Authorities of the clients that may use that URL; without it, every client may.
      audit-log-path | string | | works | File of the audit log, which says who did what to which keys, or - for the standard output; without it there is none.
      audit-policy-file | string | | works | YAML file with the rules for what the audit log says of which calls; without it, the metadata of all.
      audit-log-maxsize | uint | 100 | works | Megabytes of the audit log at which another file is begun.
      audit-log-maxbackup | uint | 0 | works | How many old files of the audit log to keep; 0 for all.
      audit-log-maxage | uint | 0 | works | Days to keep old files of the audit log; 0 for any number.
      auto-defrag-free-ratio | string | 0.5 | works | Share of the store's disk space, if it is 256 MiB or more, that may be free before the member defragments it; 0 to leave that to clients.
      backup-interval | duration | 0 | works | Time between two backups of the cluster, which are snapshots in backup-dir; 0 for none.
      backup-dir | string | | works | Directory of the backups; best one that all members share, on a separate disk.
      backup-keep | uint | 7 | works | How many backups to keep; older ones are deleted after the next one was read back.
      backup-member | string | leader | works | Who makes the backups: leader, or the name of one member.
      encryption-key-file | string | | works | Keys that log, store and backups are encrypted with: lines <id>:<base64 of 32 bytes>, the first for new data; read again when it changes.
      max-connections-per-address | uint | 0 | works | Most connections of clients from one address; 0 for no limit, as where a proxy or NAT makes many clients one address. Clients of sockets have none.
      kvorum-admin-url | URLs | http://127.0.0.1:9990 | works | One URL where MicroProfile Health and Metrics are served; empty to disable. They are not served if the default is in use, as by another member on this machine; a URL that was set and is in use is an error.
      """;

  /** Without discovery, members that ask for it would found clusters of one. */
  static final String NO_DISCOVERY =
      "discovery services are not supported; use --initial-cluster or --discovery-srv";

  private static final String FORMER = "in etcd 3.7 it is ignored, too";

  private static final Map<String, Flag> FLAGS = parse();

  private Flags() {}

  /** All flags, in the order of the help. */
  public static List<Flag> all() {
    return List.copyOf(FLAGS.values());
  }

  /**
   * The names that a misspelled one may have been meant to be: not those that etcd has given up.
   */
  public static List<String> names() {
    return FLAGS.values().stream()
        .filter(flag -> flag.kind() != Flag.Kind.ANY)
        .map(Flag::name)
        .toList();
  }

  /** The flag of that name, without dashes, or null. */
  public static @Nullable Flag find(String name) {
    return FLAGS.get(name);
  }

  /** The flag of that name, which must be in the table. */
  public static Flag get(String name) {
    Flag flag = FLAGS.get(name);
    if (flag == null) {
      throw new IllegalArgumentException("the table has no flag " + name);
    }
    return flag;
  }

  private static Map<String, Flag> parse() {
    Map<String, Flag> flags = new LinkedHashMap<>();
    String group = "";
    for (String line : TABLE.lines().toList()) {
      if (line.startsWith("#")) {
        group = line.substring(1).strip();
      } else {
        Flag flag = flag(group, line);
        flags.put(flag.name(), flag);
      }
    }
    return Collections.unmodifiableMap(flags);
  }

  private static Flag flag(String group, String line) {
    List<String> cells = new ArrayList<>();
    for (String cell : line.split("\\|", -1)) {
      cells.add(cell.strip());
    }
    return new Flag(
        cells.get(0),
        group,
        Flag.Kind.ofLabel(cells.get(1)),
        cells.get(2),
        status(cells.get(3)),
        cells.get(4),
        reason(cells));
  }

  private static String reason(List<String> cells) {
    if (Flag.Kind.ofLabel(cells.get(1)) == Flag.Kind.ANY) {
      return cells.size() > 5 ? FORMER + "; write " + cells.get(5) : FORMER;
    }
    if (cells.size() > 5) {
      return cells.get(5);
    }
    if (cells.get(0).startsWith("discovery") && status(cells.get(3)) == Flag.Status.REFUSED) {
      return NO_DISCOVERY;
    }
    if (status(cells.get(3)) != Flag.Status.WORKS) {
      throw new IllegalArgumentException("no reason for " + cells.get(0));
    }
    return "";
  }

  private static Flag.Status status(String word) {
    return switch (word) {
      case "works" -> Flag.Status.WORKS;
      case "ignored" -> Flag.Status.NO_EFFECT;
      case "refused" -> Flag.Status.REFUSED;
      default -> throw new IllegalArgumentException("the table has the unknown status " + word);
    };
  }
}
