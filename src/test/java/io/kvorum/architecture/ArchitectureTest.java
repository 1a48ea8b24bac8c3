package io.kvorum.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Holds the package table of ARCHITECTURE.md: who may use whom. */
@AnalyzeClasses(packages = "io.kvorum", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "io.kvorum.";

  /** Package to the packages that it may use, besides the JDK and libraries. */
  private static final Map<String, Set<String>> MAY_USE = new TreeMap<>();

  static {
    MAY_USE.put("support", Set.of("model"));
    MAY_USE.put("model", Set.of());
    MAY_USE.put("meter", Set.of());
    MAY_USE.put("mvcc", Set.of("model"));
    MAY_USE.put("lease", Set.of("model"));
    MAY_USE.put("membership", Set.of("model", "consensus"));
    MAY_USE.put("apply", Set.of("model", "mvcc", "lease", "membership", "consensus"));
    MAY_USE.put("watch", Set.of("model", "mvcc"));
    MAY_USE.put("consensus", Set.of("model"));
    MAY_USE.put("consensus.hazelcast", Set.of("consensus", "model"));
    MAY_USE.put(
        "peer", Set.of("model", "consensus", "mvcc", "lease", "membership", "meter", "proto"));
    MAY_USE.put("derby", Set.of("model", "mvcc", "consensus"));
    MAY_USE.put(
        "service", Set.of("model", "mvcc", "lease", "membership", "apply", "watch", "consensus"));
    MAY_USE.put("log", Set.of("model", "consensus", "proto"));
    MAY_USE.put("wire", Set.of("model", "service", "watch", "proto"));
    MAY_USE.put("grpc", Set.of("model", "service", "watch", "wire", "proto"));
    MAY_USE.put("rest", Set.of("model", "service", "watch", "wire", "proto", "rest.json"));
    MAY_USE.put("rest.json", Set.of());
    MAY_USE.put(
        "ops",
        Set.of(
            "model",
            "service",
            "mvcc",
            "watch",
            "consensus",
            "membership",
            "meter",
            "peer",
            "wire",
            "grpc"));
    MAY_USE.put(
        "ops.web", Set.of("ops", "model", "service", "mvcc", "watch", "consensus", "peer", "grpc"));
    MAY_USE.put("boot.config", Set.of("model"));
    MAY_USE.put("boot.launcher", Set.of("boot.config"));
    MAY_USE.put("boot.host", Set.of("boot.config", "boot.launcher"));
  }

  @TestFactory
  Iterable<DynamicTest> eachPackageUsesOnlyWhatTheTableAllows() {
    JavaClasses all =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.kvorum");
    return MAY_USE.entrySet().stream()
        .map(
            row ->
                DynamicTest.dynamicTest(
                    row.getKey(), () -> rule(row.getKey(), row.getValue()).check(all)))
        .toList();
  }

  @ArchTest
  static final ArchRule onlyOnePackageKnowsHazelcast =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.kvorum.consensus.hazelcast..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.hazelcast..");

  @ArchTest
  static final ArchRule onlyTheEdgesKnowTheContainer =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.kvorum.rest..", "io.kvorum.ops.web", "io.kvorum.boot.container")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jakarta..", "org.eclipse.microprofile..");

  @ArchTest
  static final ArchRule onlyOnePackageKnowsSql =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.kvorum.derby..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..", "org.apache.derby..");

  @ArchTest
  static final ArchRule theCoreDoesNotKnowTheWire =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.kvorum.model..",
              "io.kvorum.mvcc..",
              "io.kvorum.lease..",
              "io.kvorum.apply..",
              "io.kvorum.watch..",
              "io.kvorum.consensus..",
              "io.kvorum.derby..",
              "io.kvorum.service..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.google.protobuf..", "io.grpc..", "io.netty..", "jakarta..");

  @ArchTest
  static final ArchRule theStateMachineKnowsNoClockAndNoChance =
      noClasses()
          .that()
          .resideInAnyPackage("io.kvorum.model..", "io.kvorum.apply..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.Random")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices().matching("io.kvorum.(**)").should().beFreeOfCycles();

  private static ArchRule rule(String name, Set<String> mayUse) {
    DescribedPredicate<JavaClass> allowed =
        DescribedPredicate.describe(
            "the JDK, libraries, itself or " + mayUse,
            target -> {
              String used = packageOf(target);
              return used.isEmpty()
                  || used.equals(name)
                  || mayUse.contains(used)
                  || used.equals("support");
            });
    return classes()
        .that()
        .resideInAPackage(ROOT + name)
        .should()
        .onlyDependOnClassesThat(allowed)
        .allowEmptyShould(true);
  }

  /** The row of the table that a class belongs to; empty for a class that is not ours. */
  private static String packageOf(JavaClass target) {
    String name = target.getBaseComponentType().getPackageName();
    if (!name.startsWith(ROOT)) {
      return "";
    }
    String inside = name.substring(ROOT.length());
    return inside.startsWith("proto.") ? "proto" : inside;
  }
}
