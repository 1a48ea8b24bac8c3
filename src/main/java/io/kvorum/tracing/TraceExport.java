package io.kvorum.tracing;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.consensus.Consensus;
import io.kvorum.service.Journal;
import io.kvorum.support.Threads;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Sends the spans of calls to a collector, by OTLP over gRPC without TLS, in batches on threads for
 * that. A collector that cannot be reached, or is slow, costs spans and nothing else. Thread-safe.
 *
 * <p>Held by: TraceExportTest.
 */
final class TraceExport implements Traces {
  private static final Duration SEND_TIMEOUT = Duration.ofSeconds(10);
  private static final long LAST_SENDING_SECONDS = 2;
  private static final double MILLION = 1e6;

  private final NioEventLoopGroup loop;
  private final ManagedChannel channel;
  private final SdkTracerProvider provider;
  private final Tracer tracer;

  private TraceExport(NioEventLoopGroup loop, ManagedChannel channel, SdkTracerProvider provider) {
    this.loop = loop;
    this.channel = channel;
    this.provider = provider;
    this.tracer = provider.get("io.kvorum");
  }

  static TraceExport open(Settings settings) {
    NioEventLoopGroup loop = new NioEventLoopGroup(1, Threads.numberedDaemons("kvorum-trace"));
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(settings.host(), settings.port())
            .usePlaintext()
            .eventLoopGroup(loop)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .build();
    OtlpGrpcSpanExporter exporter =
        OtlpGrpcSpanExporter.builder().setChannel(channel).setTimeout(SEND_TIMEOUT).build();
    return new TraceExport(
        loop,
        channel,
        SdkTracerProvider.builder()
            .setResource(resource(settings))
            .setSampler(sampler(settings.callsPerMillion()))
            .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
            .build());
  }

  private static Resource resource(Settings settings) {
    Attributes service = Attributes.of(AttributeKey.stringKey("service.name"), settings.service());
    return Resource.getDefault()
        .merge(
            Resource.create(
                settings.instance().isEmpty()
                    ? service
                    : service.toBuilder().put("service.instance.id", settings.instance()).build()));
  }

  private static Sampler sampler(int callsPerMillion) {
    return Sampler.parentBased(
        callsPerMillion == 0
            ? Sampler.alwaysOff()
            : Sampler.traceIdRatioBased(callsPerMillion / MILLION));
  }

  @Override
  public Journal journal() {
    return new TracedCalls(tracer);
  }

  @Override
  public Consensus traced(Consensus consensus) {
    return new TracedConsensus(consensus, tracer);
  }

  @Override
  public void close() {
    provider.shutdown().join(LAST_SENDING_SECONDS, TimeUnit.SECONDS);
    channel.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
