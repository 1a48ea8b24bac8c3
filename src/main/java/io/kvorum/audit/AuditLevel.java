package io.kvorum.audit;

/** Says how much is written of a call, the least first; as in Kubernetes' audit policy. */
public enum AuditLevel {
  NONE("None"),
  /** Who, what, to which keys, with which result. */
  METADATA("Metadata"),
  /** The request as well, without values. */
  REQUEST("Request");

  private final String label;

  AuditLevel(String label) {
    this.label = label;
  }

  /** The name in policies and in lines. */
  public String label() {
    return label;
  }
}
