package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The instructions of {@code deploy/Dockerfile}, as a builder of images reads them. */
record Dockerfile(List<Instruction> instructions) {

  /** One instruction, on one line; {@code stage} counts from zero. */
  record Instruction(int stage, String name, String arguments) {}

  static Dockerfile read() throws IOException {
    List<Instruction> instructions = new ArrayList<>();
    String joined =
        Files.readString(Path.of("deploy/Dockerfile"))
            .replaceAll("(?m)^#.*\\n", "")
            .replaceAll("\\\\\\n\\s*", "");
    int stage = -1;
    for (String line : joined.lines().filter(line -> !line.isBlank()).toList()) {
      String[] words = line.split("\\s+", 2);
      assertThat(words[0]).as(line).matches("[A-Z]+");
      if (words[0].equals("FROM")) {
        stage++;
      }
      instructions.add(new Instruction(stage, words[0], words[1]));
    }
    return new Dockerfile(instructions);
  }

  /** What the instructions of that name say, in all stages. */
  List<String> all(String name) {
    return instructions.stream()
        .filter(instruction -> instruction.name().equals(name))
        .map(Instruction::arguments)
        .toList();
  }

  /** What the only instruction of that name says. */
  String only(String name) {
    assertThat(all(name)).as(name).hasSize(1);
    return all(name).get(0);
  }

  /** The variables of the image. */
  Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String assignment : all("ENV")) {
      String[] pair = assignment.split("=", 2);
      environment.put(pair[0], pair[1]);
    }
    return environment;
  }

  /** The words of a command in its JSON form. */
  static List<String> words(String json) {
    Object words = new Load(LoadSettings.builder().build()).loadFromString(json);
    return ((List<?>) words).stream().map(Object::toString).toList();
  }

  /** The command of the health check. */
  List<String> healthcheck() {
    return words(only("HEALTHCHECK").replaceFirst(".*\\sCMD\\s+", ""));
  }
}
