/** Small tools that any package may use: logging, threads, futures, durable files. */
@org.jspecify.annotations.NullMarked
package io.kvorum.support;
