package io.kvorum.diagnostics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.List;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/**
 * Holds one recording of JDK Flight Recorder, which is on disk, among temporary files, until it has
 * been read. Confined to one thread at a time.
 *
 * <p>It leaves out the events that may hold a secret. If the JVM's own options have started another
 * recording that does not, they are in this one too.
 *
 * <p>Held by: JvmDiagnosticsTest.
 */
final class FlightRecording implements AutoCloseable {
  /** Environment, system properties and command lines, those of other processes among them. */
  private static final List<String> SECRET =
      List.of(
          "jdk.InitialEnvironmentVariable",
          "jdk.InitialSystemProperty",
          "jdk.JVMInformation",
          "jdk.SystemProcess");

  private final Recording recording;

  private FlightRecording(Recording recording) {
    this.recording = recording;
  }

  static FlightRecording start(long mostBytes) {
    Recording recording = new Recording(profile());
    try {
      recording.setName("kvorum");
      recording.setToDisk(true);
      recording.setMaxSize(mostBytes);
      SECRET.forEach(recording::disable);
      recording.start();
      return new FlightRecording(recording);
    } catch (RuntimeException | Error failure) {
      recording.close();
      throw failure;
    }
  }

  private static Configuration profile() {
    try {
      return Configuration.getConfiguration("profile");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ParseException e) {
      throw new IllegalStateException("the settings of Flight Recorder cannot be read", e);
    }
  }

  /** Ends the recording, and reads it. */
  byte[] stop() throws IOException {
    recording.stop();
    Path file = Files.createTempFile("kvorum-", ".jfr");
    try {
      recording.dump(file);
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }

  @Override
  public void close() {
    recording.close();
  }
}
