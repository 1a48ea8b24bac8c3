package io.kvorum.ctl.client;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a member serves, as {@code --endpoints} names it: {@code host:port} or a URL. Immutable.
 *
 * @param text as it was written, which is how output names it
 * @param host an IPv6 address without its brackets
 */
public record EndpointAddress(String text, String host, int port, Security security) {
  /** What the scheme says about TLS. */
  public enum Security {
    PLAIN,
    TLS,
    /** There is no scheme: TLS if there are settings for it. */
    AS_CONFIGURED
  }

  private static final Pattern FORM =
      Pattern.compile("(?:([A-Za-z]+)://)?(?:\\[([^\\]]+)]|([^:/\\[\\]]*)):(\\d{1,5})/?");

  private static final int LARGEST_PORT = 65_535;

  /**
   * Reads an endpoint.
   *
   * @throws IllegalArgumentException with the reason if it is none
   */
  public static EndpointAddress parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || Integer.parseInt(form.group(4)) > LARGEST_PORT) {
      throw new IllegalArgumentException(
          "endpoint \"" + text + "\" is not of the form host:port, http://host:port or https://");
    }
    String host = form.group(2) == null ? form.group(3) : form.group(2);
    return new EndpointAddress(
        text,
        host.isEmpty() ? "localhost" : host,
        Integer.parseInt(form.group(4)),
        security(text, form.group(1) == null ? "" : form.group(1).toLowerCase(Locale.ROOT)));
  }

  private static Security security(String text, String scheme) {
    return switch (scheme) {
      case "" -> Security.AS_CONFIGURED;
      case "http" -> Security.PLAIN;
      case "https" -> Security.TLS;
      default ->
          throw new IllegalArgumentException(
              "endpoint \"" + text + "\" has the scheme " + scheme + ", not http or https");
    };
  }
}
