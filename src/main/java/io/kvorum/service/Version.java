package io.kvorum.service;

/**
 * The version of the etcd API that is served, as reported to clients.
 *
 * <p>Held by: JsonMaintenanceIT.
 */
public final class Version {
  /** The release of etcd whose API this is; clients parse it to decide which features to use. */
  public static final String SERVER = "3.7.1";

  public static final String STORAGE = "3.7.0";

  private Version() {}
}
