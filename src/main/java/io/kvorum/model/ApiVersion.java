package io.kvorum.model;

/**
 * Names the versions of etcd whose API is served and whose semantics are kept. The one place where
 * they are written down.
 *
 * <p>Held by: VersionTest, JsonMaintenanceIT.
 */
public final class ApiVersion {
  /** The release of etcd whose API this is; clients parse it to decide which features to use. */
  public static final String SERVER = "3.7.1";

  /** The minor version before, to which a cluster can be downgraded. */
  public static final String PREVIOUS = "3.6.0";

  /** The version of etcd that introduced the latest feature of the stored data. */
  public static final String STORAGE = "3.7.0";

  private ApiVersion() {}
}
