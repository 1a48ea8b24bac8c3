package io.kvorum.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Marks a class of integration tests that runs beside another one, in a second JVM: its members
 * listen on ports that it has chosen, and it waits for what they do, however long that takes.
 */
@Tag("paired")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Paired {}
