/** The tools as a client of etcd's API: endpoints, connections, and the words of failed calls. */
@NullMarked
package io.kvorum.ctl.client;

import org.jspecify.annotations.NullMarked;
