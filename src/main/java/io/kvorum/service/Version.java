package io.kvorum.service;

/** The level of the etcd API that is spoken here, and what of it is told to clients. */
public final class Version {
  /** The release of etcd whose API this is; clients parse it to decide what they may ask for. */
  public static final String SERVER = "3.7.1";

  public static final String CLUSTER = "3.7.0";
  public static final String STORAGE = "3.7.0";

  private Version() {}
}
