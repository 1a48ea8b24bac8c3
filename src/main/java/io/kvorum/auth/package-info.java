/**
 * Users, roles and what they may do, which are replicated; passwords, tokens, and whom they name.
 */
@NullMarked
package io.kvorum.auth;

import org.jspecify.annotations.NullMarked;
