/**
 * The same random calls to Kvorum and to a stock etcd: every answer, error and event must be equal
 * once ids, terms and times are set aside.
 */
@NullMarked
package io.kvorum.differential;

import org.jspecify.annotations.NullMarked;
