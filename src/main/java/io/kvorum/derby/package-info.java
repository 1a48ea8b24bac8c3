/** The only place with SQL: write-ahead log, revision history, schema. */
@NullMarked
package io.kvorum.derby;

import org.jspecify.annotations.NullMarked;
