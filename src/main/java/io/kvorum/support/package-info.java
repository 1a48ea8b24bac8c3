/**
 * Small tools that any package may use: logging, threads, futures, words for failures, durable
 * files.
 */
@org.jspecify.annotations.NullMarked
package io.kvorum.support;
