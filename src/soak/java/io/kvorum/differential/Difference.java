package io.kvorum.differential;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.List;

/**
 * A step to which two servers gave different answers.
 *
 * @param steps all until that one, which is the last
 */
record Difference(List<Step> steps, Pair pair) {
  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  /** What it is about, which a shorter sequence has to keep. */
  String kind() {
    return steps.get(steps.size() - 1).kind();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Step step : steps) {
      text.append("  ").append(step).append('\n');
    }
    return text.append("Kvorum: ")
        .append(PRETTY.toJson(pair.ours()))
        .append("\netcd:   ")
        .append(PRETTY.toJson(pair.theirs()))
        .toString();
  }
}
