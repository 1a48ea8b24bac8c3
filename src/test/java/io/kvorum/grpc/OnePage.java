package io.kvorum.grpc;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** Answers /page and /metrics with a line of text, and notes on which threads. Thread-safe. */
final class OnePage implements OperatorPages {
  static final String TEXT = "the page";

  /** The names of the threads that have answered, without their numbers. */
  final BlockingQueue<String> threads = new LinkedBlockingQueue<>();

  @Override
  public boolean has(String path) {
    return path.equals("/page") || path.equals("/metrics");
  }

  @Override
  public CompletableFuture<PlainAnswer> answer(Request request) {
    threads.add(Thread.currentThread().getName().replaceFirst("-\\d.*", ""));
    return CompletableFuture.completedFuture(PlainAnswer.text(TEXT));
  }
}
