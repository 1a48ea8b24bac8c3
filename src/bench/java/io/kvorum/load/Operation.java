package io.kvorum.load;

/** An RPC that the load generator sends, with its address in both dialects. */
enum Operation {
  PUT("/etcdserverpb.KV/Put", "/v3/kv/put"),
  RANGE("/etcdserverpb.KV/Range", "/v3/kv/range"),
  TXN("/etcdserverpb.KV/Txn", "/v3/kv/txn"),
  WATCH("/etcdserverpb.Watch/Watch", "/v3/watch");

  private final String grpcPath;
  private final String jsonPath;

  Operation(String grpcPath, String jsonPath) {
    this.grpcPath = grpcPath;
    this.jsonPath = jsonPath;
  }

  String grpcPath() {
    return grpcPath;
  }

  String jsonPath() {
    return jsonPath;
  }
}
