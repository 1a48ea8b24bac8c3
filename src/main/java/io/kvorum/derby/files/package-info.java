/**
 * Looks at the files of a Derby database before Derby boots it, reading only, and finds damage that
 * Derby's recovery would pass over. It knows Derby's file formats, and no SQL. Inner package of
 * {@code derby}; {@link io.kvorum.derby.files.DatabaseFiles} is its face.
 */
@NullMarked
package io.kvorum.derby.files;

import org.jspecify.annotations.NullMarked;
