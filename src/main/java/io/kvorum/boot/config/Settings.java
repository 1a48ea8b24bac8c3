package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads typed values of flags, from any source, and falls back to the defaults of the table. Every
 * method refuses a value of the wrong form with a {@link ConfigurationException}. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 */
final class Settings {
  private final Function<String, @Nullable String> lookup;

  /**
   * @param lookup returns the value that was set for a flag, by its name without dashes, or null
   */
  Settings(Function<String, @Nullable String> lookup) {
    this.lookup = lookup;
  }

  /** Whether a value was set that is not empty. */
  boolean isSet(String flag) {
    String value = lookup.apply(flag);
    return value != null && !value.isEmpty();
  }

  String text(String flag) {
    String value = lookup.apply(flag);
    return value == null ? Flags.get(flag).defaultValue() : value;
  }

  /** A number of at least {@code least}. */
  long number(String flag, long least) {
    String value = text(flag);
    Flags.get(flag).check(value);
    long number = Long.parseLong(value);
    if (number < least) {
      throw refusal(flag, "must be at least " + least);
    }
    return number;
  }

  /** A number from {@code least} to the largest int. */
  int intNumber(String flag, int least) {
    return intNumber(flag, least, Integer.MAX_VALUE);
  }

  /** A number from {@code least} to {@code most}. */
  int intNumber(String flag, int least, int most) {
    long number = number(flag, least);
    if (number > most) {
      throw refusal(flag, "must be at most " + most);
    }
    return (int) number;
  }

  boolean bool(String flag) {
    String value = text(flag);
    Flags.get(flag).check(value);
    return Flag.Kind.parseBoolean(value);
  }

  Duration duration(String flag) {
    String value = text(flag);
    Flags.get(flag).check(value);
    return GoDuration.parse(value);
  }

  /** URLs that clients use, or may use: sockets are among them. */
  List<MemberUrl> clientUrls(String flag) {
    String value = text(flag);
    Flags.get(flag).check(value);
    return MemberUrl.parseListForClients(value);
  }

  /** URLs that cannot be sockets. */
  List<MemberUrl> urls(String flag) {
    List<MemberUrl> urls = clientUrls(flag);
    for (MemberUrl url : urls) {
      if (url.isSocket()) {
        throw refusal(flag, "URL scheme must be http or https: " + url);
      }
    }
    return urls;
  }

  /** The exception for a value that has the right form, but cannot be used. */
  ConfigurationException unusable(String flag, String reason) {
    return Flags.get(flag).unusable(text(flag), reason);
  }

  /** The exception for an unacceptable value. */
  ConfigurationException refusal(String flag, @Nullable String reason) {
    return Flags.get(flag).refusal(text(flag), reason);
  }
}
