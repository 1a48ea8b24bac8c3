package io.kvorum.ctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kvorum.ctl.client.ClientSettings;
import io.kvorum.ctl.client.EndpointAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From a command line to the settings of a client. */
final class CommandLineTest {
  private static final List<Flag> OWN =
      List.of(Flag.bool("cluster", false, ""), Flag.integer("rev", "0", ""));

  private static final List<Flag> ALL =
      Stream.concat(GlobalFlags.ALL.stream(), OWN.stream()).toList();

  private static FlagValues values(Map<String, String> variables, String... arguments)
      throws UsageException, CtlException {
    return FlagValues.resolve(CommandLine.parse(ALL, arguments).flags(), variables, OWN);
  }

  private static ClientSettings settings(Map<String, String> variables, String... arguments)
      throws UsageException, CtlException {
    return GlobalFlags.settings(values(variables, arguments));
  }

  private static String refusal(String... arguments) {
    try {
      settings(Map.of(), arguments);
      throw new AssertionError("not refused");
    } catch (CtlException | UsageException refused) {
      return refused.getMessage();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "endpoint health --write-out json",
        "endpoint health --write-out=json",
        "endpoint health -w json",
        "endpoint health -w=json",
        "endpoint health -wjson",
        "-w json endpoint health",
        "--cluster endpoint health -w simple -w json",
        "endpoint --cluster=true health --write-out json"
      })
  void flagsMayStandAnywhereAndHaveTheirValueBehindABlankOrAnEqualsSign(String line)
      throws UsageException {
    CommandLine parsed = CommandLine.parse(ALL, line.split(" ", -1));
    assertThat(parsed.words()).containsExactly("endpoint", "health");
    assertThat(parsed.flags()).containsEntry("write-out", "json");
  }

  @Test
  void whatFollowsTwoDashesIsNoFlag() throws UsageException {
    assertThat(CommandLine.parse(ALL, "snapshot", "save", "--", "--cluster").words())
        .containsExactly("snapshot", "save", "--cluster");
  }

  @Test
  void unknownAndIncompleteFlagsAreNamed() {
    assertThat(refusal("--nope=1")).isEqualTo("unknown flag: --nope");
    assertThat(refusal("-x")).isEqualTo("unknown shorthand flag: 'x' in -x");
    assertThat(refusal("--rev")).isEqualTo("flag needs an argument: --rev");
  }

  @Test
  void valuesOfTheWrongKindAreRefusedInGosWords() {
    assertThat(refusal("--rev=x"))
        .isEqualTo(
            "invalid argument \"x\" for \"--rev\" flag: strconv.ParseInt: parsing \"x\": invalid"
                + " syntax");
    assertThat(refusal("--rev=99999999999999999999")).endsWith("value out of range");
    assertThat(refusal("--command-timeout=abc"))
        .isEqualTo(
            "invalid argument \"abc\" for \"--command-timeout\" flag: time: invalid duration"
                + " \"abc\"");
    assertThat(refusal("--cluster=maybe"))
        .isEqualTo(
            "invalid argument \"maybe\" for \"--cluster\" flag: strconv.ParseBool: parsing"
                + " \"maybe\": invalid syntax");
  }

  @Test
  void presetsAreEtcdctls() throws Exception {
    ClientSettings settings = settings(Map.of());
    assertThat(settings.endpoints())
        .containsExactly(
            new EndpointAddress(
                "127.0.0.1:2379", "127.0.0.1", 2379, EndpointAddress.Security.AS_CONFIGURED));
    assertThat(settings.commandTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.dialTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.keepAliveTime()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.keepAliveTimeout()).isEqualTo(Duration.ofSeconds(6));
    assertThat(settings.tls().isRequired()).isFalse();
    assertThat(settings.credentials()).isEqualTo(ClientSettings.Credentials.NONE);
    assertThat(values(Map.of()).text("write-out")).isEqualTo("simple");
  }

  @Test
  void eachGlobalFlagHasAVariableWhichTheFlagOverrides() throws Exception {
    Map<String, String> variables =
        Map.of(
            "ETCDCTL_ENDPOINTS", "http://a:1, b:2",
            "ETCDCTL_COMMAND_TIMEOUT", "1m30s",
            "ETCDCTL_INSECURE_TRANSPORT", "false",
            "ETCDCTL_REV", "7",
            "ETCDCTL_USER", "");
    ClientSettings settings = settings(variables, "--command-timeout", "7s");
    assertThat(settings.endpoints())
        .extracting(EndpointAddress::text)
        .containsExactly("http://a:1", "b:2");
    assertThat(settings.commandTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(settings.tls().isRequired()).isTrue();
    assertThat(values(variables).integer("rev")).isZero();
    assertThat(values(variables).isSet("command-timeout")).isTrue();
    assertThatExceptionOfType(CtlException.class)
        .isThrownBy(() -> settings(Map.of("ETCDCTL_COMMAND_TIMEOUT", "5")))
        .withMessage(
            "invalid value \"5\" for ETCDCTL_COMMAND_TIMEOUT: time: invalid duration \"5\"")
        .satisfies(refused -> assertThat(refused.status()).isEqualTo(128));
  }

  @Test
  void aPasswordMayFollowTheName() throws Exception {
    assertThat(settings(Map.of(), "--user=root:a:b").credentials())
        .isEqualTo(new ClientSettings.Credentials("root", "a:b", ""));
    assertThat(settings(Map.of(), "--user=a:b", "--password=c").credentials())
        .isEqualTo(new ClientSettings.Credentials("a:b", "c", ""));
  }

  @Test
  void endpointsAndFilesThatMakeNoSenseAreRefused() {
    assertThat(refusal("--endpoints=localhost"))
        .isEqualTo(
            "endpoint \"localhost\" is not of the form host:port, http://host:port or https://");
    assertThat(refusal("--endpoints=,")).isEqualTo("no endpoint is given");
    assertThat(refusal("--cert=")).isEqualTo("empty string is passed to --cert option");
    assertThat(refusal("--cert=c.pem"))
        .isEqualTo("KeyFile and CertFile must both be present[key: , cert: c.pem]");
  }
}
