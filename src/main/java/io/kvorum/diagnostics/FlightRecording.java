package io.kvorum.diagnostics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/**
 * Holds one recording of JDK Flight Recorder, which is on disk, among temporary files, until it has
 * been read. Confined to one thread at a time.
 *
 * <p>Held by: JvmDiagnosticsTest.
 */
final class FlightRecording implements AutoCloseable {
  private final Recording recording;

  private FlightRecording(Recording recording) {
    this.recording = recording;
  }

  static FlightRecording start(long mostBytes) {
    try {
      Recording recording = new Recording(Configuration.getConfiguration("profile"));
      recording.setName("kvorum");
      recording.setToDisk(true);
      recording.setMaxSize(mostBytes);
      recording.start();
      return new FlightRecording(recording);
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
