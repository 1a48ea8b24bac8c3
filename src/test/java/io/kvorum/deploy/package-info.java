/** What is shipped beside the server: manifests, chart, image, units, notices. */
@NullMarked
package io.kvorum.deploy;

import org.jspecify.annotations.NullMarked;
