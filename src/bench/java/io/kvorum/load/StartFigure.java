package io.kvorum.load;

import java.util.Locale;

/** What {@code bench/start} measures: the rows of its table, with the aim where there is one. */
enum StartFigure {
  PUT("exec to the first answered gRPC put, empty store", "s", 1.2),
  PUT_CPU("CPU time until then", "s", 2.0),
  READY("exec to the line `ready to serve client requests`", "s", 0),
  JSON_PUT("exec to the first answered JSON put, empty store", "s", 4.0),
  CLUSTER(
      "three members here: exec of the first until each has answered a linearizable get", "s", 4.5),
  RECOVERY("kill -9, then exec to the first linearizable get (keys: see below)", "s", 5.0),
  STOP("SIGTERM to process gone, one idle member", "s", 0.7),
  IDLE("resident a minute after the start", "MB", 250),
  IDLE_SHARE("the same, shared pages by share (Pss)", "MB", 0),
  LOADED("resident a minute after 60 s of puts, 128 in flight", "MB", 600),
  LOADED_SHARE("the same, shared pages by share (Pss)", "MB", 0),
  LOADED_RATE("puts in these 60 s", "/s", 0),
  ARCHIVE("tar.gz", "MB", 130);

  private final String what;
  private final String unit;
  private final double aim;

  StartFigure(String what, String unit, double aim) {
    this.what = what;
    this.unit = unit;
    this.aim = aim;
  }

  String what() {
    return what;
  }

  /** A value with its unit. */
  String text(double value) {
    return number(value) + " " + unit;
  }

  String number(double value) {
    return String.format(Locale.ROOT, unit.equals("s") ? "%.2f" : "%,.0f", value);
  }

  String aimText() {
    return aim == 0 ? "" : String.format(Locale.ROOT, unit.equals("s") ? "%.1f s" : "%.0f MB", aim);
  }

  /** Whether a value is as wanted, in a word; nothing where nothing is wanted. */
  String verdict(double value) {
    if (aim == 0) {
      return "";
    }
    return value <= aim ? "reached" : "**missed**";
  }
}
