package io.kvorum.apply;

import io.kvorum.model.ApiVersion;
import io.kvorum.model.Bytes;
import io.kvorum.model.Downgrade;
import io.kvorum.model.FactSink;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Holds whether the cluster is being downgraded, which is replicated. The applier changes it on the
 * Raft thread; any thread reads. It is a fact in the revision history, in the place and the form in
 * which etcd keeps it, so that it travels with snapshot files: {@code etcd/cluster/} and {@code
 * downgrade} in hexadecimal, with {@code {"target-version":"3.6.0","enabled":true}}.
 *
 * <p>Held by: ApplierTest, SnapshotExportTest, CoreSimulation.
 */
public final class DowngradeState {
  static final String FACT =
      "etcd/cluster/" + HexFormat.of().formatHex("downgrade".getBytes(StandardCharsets.US_ASCII));

  private static final Pattern ENABLED = Pattern.compile("\"enabled\"\\s*:\\s*true");
  private static final Pattern TARGET = Pattern.compile("\"target-version\"\\s*:\\s*\"([0-9.]*)\"");

  private volatile Downgrade current = Downgrade.NONE;

  DowngradeState() {}

  /** Replaces it by what was found on disk, or in a snapshot from another member. */
  void restore(Map<String, Bytes> facts) {
    current = parse(facts.get(FACT));
  }

  /** A downgrade to a version that this server cannot stand for has no meaning here. */
  private static Downgrade parse(@Nullable Bytes fact) {
    if (fact == null) {
      return Downgrade.NONE;
    }
    String json = fact.toUtf8();
    Matcher target = TARGET.matcher(json);
    return ENABLED.matcher(json).find()
            && target.find()
            && target.group(1).equals(ApiVersion.PREVIOUS)
        ? new Downgrade(target.group(1))
        : Downgrade.NONE;
  }

  void set(Downgrade downgrade, FactSink facts) {
    current = downgrade;
    facts.put(
        FACT,
        Bytes.utf8(
            "{\"target-version\":\"%s\",\"enabled\":%b}"
                .formatted(downgrade.target(), downgrade.isEnabled())));
  }

  public Downgrade current() {
    return current;
  }
}
