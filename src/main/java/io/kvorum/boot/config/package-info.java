/**
 * The member's configuration: etcd's flags as one table, and one validated, typed view of their
 * values. The launcher and the application build it with the same code, each in a class loader of
 * its own.
 */
@NullMarked
package io.kvorum.boot.config;

import org.jspecify.annotations.NullMarked;
