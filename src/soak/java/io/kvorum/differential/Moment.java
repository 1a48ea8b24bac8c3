package io.kvorum.differential;

import java.util.List;

/**
 * How far a sequence has come before a step. Immutable by convention.
 *
 * @param done the steps that were taken
 */
record Moment(boolean authIsOn, List<Step> done) {

  /** True if that number is the one of a Lock or a Campaign. */
  boolean isWaitingCall(int number) {
    return done.stream()
        .anyMatch(step -> step instanceof Step.Begin begin && begin.number() == number);
  }
}
