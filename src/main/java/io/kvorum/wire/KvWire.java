package io.kvorum.wire;

import io.grpc.Status;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.Projection;
import io.kvorum.model.RangeQuery.RevisionBounds;
import io.kvorum.model.RangeQuery.SortOrder;
import io.kvorum.model.RangeQuery.SortTarget;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.CompactionResponse;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeResponse;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.service.Header;
import io.kvorum.support.ByteStrings;

/**
 * Translates the messages of the KV service, except transactions ({@link TxnWire}): requests to
 * queries and commands, results to responses. Stateless.
 *
 * <p>Only what the model cannot express is rejected here, with {@link RequestException}: unknown
 * numbers of enums. The rules about content are the service's.
 */
public final class KvWire {
  private KvWire() {}

  /**
   * The query of a range request.
   *
   * @throws RequestException INVALID_SORT_OPTION, or EMPTY_KEY if the key is wrong as well, since
   *     it is checked first
   */
  public static RangeQuery query(RangeRequest request) {
    return new RangeQuery(
        KeyRange.ofWire(
            ByteStrings.bytes(request.getKey()), ByteStrings.bytes(request.getRangeEnd())),
        request.getRevision(),
        request.getLimit(),
        sortTarget(request),
        sortOrder(request),
        bounds(request),
        projection(request));
  }

  /**
   * The query of a streamed range, which has no order but that of its target, and no filters.
   *
   * @throws RequestException as {@link #query}
   * @throws io.grpc.StatusRuntimeException UNIMPLEMENTED for what cannot be streamed
   */
  public static RangeQuery streamQuery(RangeRequest request) {
    RangeQuery query = query(request);
    if (request.getKey().isEmpty()) {
      throw new RequestException(ErrorCode.EMPTY_KEY);
    }
    boolean isNatural =
        query.sortOrder() == SortOrder.NONE
            || (query.sortOrder() == SortOrder.ASCEND && query.sortTarget() == SortTarget.KEY);
    if (!isNatural) {
      throw Status.UNIMPLEMENTED
          .withDescription("RangeStream does not support custom sort orders")
          .asRuntimeException();
    }
    if (query.isFiltered()) {
      throw Status.UNIMPLEMENTED
          .withDescription("RangeStream does not support revision filters")
          .asRuntimeException();
    }
    return query;
  }

  public static Command.Put put(PutRequest request) {
    return new Command.Put(
        ByteStrings.bytes(request.getKey()),
        ByteStrings.bytes(request.getValue()),
        request.getLease(),
        request.getPrevKv(),
        request.getIgnoreValue(),
        request.getIgnoreLease());
  }

  public static Command.DeleteRange deleteRange(DeleteRangeRequest request) {
    return new Command.DeleteRange(
        KeyRange.ofWire(
            ByteStrings.bytes(request.getKey()), ByteStrings.bytes(request.getRangeEnd())),
        request.getPrevKv());
  }

  public static RangeResponse response(Header header, Result.Range result) {
    return range(HeaderWire.header(header), result);
  }

  public static PutResponse response(Header header, Result.Put result) {
    return put(HeaderWire.header(header), result);
  }

  public static DeleteRangeResponse response(Header header, Result.DeleteRange result) {
    return deleteRange(HeaderWire.header(header), result);
  }

  public static CompactionResponse response(Header header, Result.Compact result) {
    return CompactionResponse.newBuilder().setHeader(HeaderWire.header(header)).build();
  }

  /**
   * A part of a streamed range that is not the last one: keys only, without header, count or more.
   */
  public static RangeResponse chunk(Result.Range result) {
    RangeResponse.Builder response = RangeResponse.newBuilder();
    for (KeyValue kv : result.kvs()) {
      response.addKvs(keyValue(kv));
    }
    return response.build();
  }

  /** What comes before the keys of a range. */
  public static RangeResponse head(Header header) {
    return RangeResponse.newBuilder().setHeader(HeaderWire.header(header)).build();
  }

  /** What comes behind the keys of a range. */
  public static RangeResponse tail(Result.Range result) {
    return RangeResponse.newBuilder().setMore(result.more()).setCount(result.count()).build();
  }

  static RangeResponse range(ResponseHeader header, Result.Range result) {
    RangeResponse.Builder response =
        RangeResponse.newBuilder()
            .setHeader(header)
            .setMore(result.more())
            .setCount(result.count());
    for (KeyValue kv : result.kvs()) {
      response.addKvs(keyValue(kv));
    }
    return response.build();
  }

  static PutResponse put(ResponseHeader header, Result.Put result) {
    PutResponse.Builder response = PutResponse.newBuilder().setHeader(header);
    KeyValue prevKv = result.prevKv();
    if (prevKv != null) {
      response.setPrevKv(keyValue(prevKv));
    }
    return response.build();
  }

  static DeleteRangeResponse deleteRange(ResponseHeader header, Result.DeleteRange result) {
    DeleteRangeResponse.Builder response =
        DeleteRangeResponse.newBuilder().setHeader(header).setDeleted(result.deleted());
    for (KeyValue kv : result.prevKvs()) {
      response.addPrevKvs(keyValue(kv));
    }
    return response.build();
  }

  /** One key of a range. */
  public static io.kvorum.proto.mvccpb.KeyValue keyValue(KeyValue kv) {
    return io.kvorum.proto.mvccpb.KeyValue.newBuilder()
        .setKey(ByteStrings.string(kv.key()))
        .setCreateRevision(kv.createRevision())
        .setModRevision(kv.modRevision())
        .setVersion(kv.version())
        .setValue(ByteStrings.string(kv.value()))
        .setLease(kv.lease())
        .build();
  }

  private static SortTarget sortTarget(RangeRequest request) {
    return switch (request.getSortTarget()) {
      case KEY -> SortTarget.KEY;
      case VERSION -> SortTarget.VERSION;
      case CREATE -> SortTarget.CREATE;
      case MOD -> SortTarget.MOD;
      case VALUE -> SortTarget.VALUE;
      case UNRECOGNIZED -> throw badSortOption(request);
    };
  }

  private static SortOrder sortOrder(RangeRequest request) {
    return switch (request.getSortOrder()) {
      case NONE -> SortOrder.NONE;
      case ASCEND -> SortOrder.ASCEND;
      case DESCEND -> SortOrder.DESCEND;
      case UNRECOGNIZED -> throw badSortOption(request);
    };
  }

  private static RequestException badSortOption(RangeRequest request) {
    return new RequestException(
        request.getKey().isEmpty() ? ErrorCode.EMPTY_KEY : ErrorCode.INVALID_SORT_OPTION);
  }

  private static RevisionBounds bounds(RangeRequest request) {
    long minMod = request.getMinModRevision();
    long maxMod = request.getMaxModRevision();
    long minCreate = request.getMinCreateRevision();
    long maxCreate = request.getMaxCreateRevision();
    return (minMod | maxMod | minCreate | maxCreate) == 0
        ? RevisionBounds.NONE
        : new RevisionBounds(minMod, maxMod, minCreate, maxCreate);
  }

  private static Projection projection(RangeRequest request) {
    if (request.getCountOnly()) {
      return Projection.COUNT_ONLY;
    }
    return request.getKeysOnly() ? Projection.KEYS_ONLY : Projection.FULL;
  }
}
