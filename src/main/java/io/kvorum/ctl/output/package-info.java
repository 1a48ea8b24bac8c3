/** How the tools print what they have learnt: the forms of etcdctl and etcdutl, byte for byte. */
@NullMarked
package io.kvorum.ctl.output;

import org.jspecify.annotations.NullMarked;
