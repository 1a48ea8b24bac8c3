package io.kvorum.boot;

/** Reports that this member was removed from its cluster, and must stop. */
final class RemovedException extends Exception {
  private static final long serialVersionUID = 1L;

  RemovedException(String member) {
    super(
        "member %s has been removed from the cluster; to come back, it must be added again, and start with an empty data directory"
            .formatted(member));
  }
}
