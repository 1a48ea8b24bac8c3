package io.kvorum.support;

import java.io.CharConversionException;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;

/**
 * Words the reason of a failure for a line that a user reads: as the operating system would, and
 * without the names of Java classes. Stateless.
 */
public final class Reason {
  private Reason() {}

  /** The reason, without the file that it is about: the line around it names that. */
  public static String of(Throwable failure) {
    Throwable cause = failure.getCause();
    if (cause != null && isWrapper(failure, cause)) {
      return of(cause);
    }
    if (failure instanceof FileSystemException ofFile) {
      return ofFile(ofFile);
    }
    if (failure instanceof UnknownHostException) {
      return "unknown host";
    }
    if (failure instanceof CharacterCodingException || failure instanceof CharConversionException) {
      return "it is not text in UTF-8";
    }
    String message = failure.getMessage();
    return message == null || message.isBlank() ? nameInWords(failure) : oneLine(message);
  }

  /** The same with the file, if there is one, for a line that names nothing else. */
  public static String inFull(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && isWrapper(cause, cause.getCause())) {
      cause = cause.getCause();
    }
    return cause instanceof FileSystemException ofFile
        ? ofFile.getFile() + ": " + of(cause)
        : of(cause);
  }

  /** Whether the failure says nothing but that there was another one. */
  private static boolean isWrapper(Throwable failure, Throwable cause) {
    return failure.getMessage() == null || failure.getMessage().equals(cause.toString());
  }

  private static String ofFile(FileSystemException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return "a file is in the way";
    }
    if (failure instanceof NotDirectoryException) {
      return "not a directory";
    }
    if (failure instanceof DirectoryNotEmptyException) {
      return "the directory is not empty";
    }
    return failure.getReason() == null ? nameInWords(failure) : failure.getReason();
  }

  /** {@code ClosedChannelException} is "closed channel". */
  private static String nameInWords(Throwable failure) {
    String name = failure.getClass().getSimpleName().replaceFirst("(Exception|Error)$", "");
    return name.isEmpty()
        ? "unexpected failure"
        : name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
