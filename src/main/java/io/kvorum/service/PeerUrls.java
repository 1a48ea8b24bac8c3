package io.kvorum.service;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The peer URLs of a member as a client gives them. Stateless. */
final class PeerUrls {
  private static final Pattern URL =
      Pattern.compile("(?i)(https?)://(\\[[0-9a-f:.%]+]|[^\\s:/?#@\\[\\]]+):(\\d{1,5})");

  private static final int LAST_PORT = 65535;

  private PeerUrls() {}

  /**
   * The URLs in the one form in which they are compared: sorted, without space around them, the
   * scheme in small letters.
   *
   * @throws RequestException MEMBER_BAD_URLS if there is none, or one has not exactly a scheme, a
   *     host and a port
   */
  static List<String> validated(List<String> urls) {
    if (urls.isEmpty()) {
      throw new RequestException(ErrorCode.MEMBER_BAD_URLS);
    }
    List<String> validated = new ArrayList<>(urls.size());
    for (String url : urls) {
      Matcher parts = URL.matcher(url.strip());
      if (!parts.matches() || Integer.parseInt(parts.group(3)) > LAST_PORT) {
        throw new RequestException(ErrorCode.MEMBER_BAD_URLS);
      }
      validated.add(
          parts.group(1).toLowerCase(Locale.ROOT) + "://" + parts.group(2) + ":" + parts.group(3));
    }
    Collections.sort(validated);
    return validated;
  }
}
