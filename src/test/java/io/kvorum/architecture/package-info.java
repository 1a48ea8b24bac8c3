/** Rules that the whole code keeps, checked over its classes and sources. */
@NullMarked
package io.kvorum.architecture;

import org.jspecify.annotations.NullMarked;
