package io.kvorum.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Holds what ARCHITECTURE.md promises: the package table ({@link PackageTable}), and which package
 * alone knows which library.
 */
@AnalyzeClasses(packages = "io.kvorum", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final PackageTable TABLE = PackageTable.read(Path.of("ARCHITECTURE.md"));

  @TestFactory
  Iterable<DynamicTest> eachPackageUsesOnlyWhatItsRowNames() {
    JavaClasses all =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.kvorum");
    return TABLE.rows().stream()
        .map(row -> DynamicTest.dynamicTest(row.name(), () -> TABLE.rule(row).check(all)))
        .toList();
  }

  @ArchTest
  static final ArchRule eachClassStandsInAPackageOfTheTable = classes().should(TABLE.containThem());

  @Test
  void aSourceImportsOnlyWhatTheTableAllows() {
    assertThat(TABLE.forbiddenImports(Path.of("src/main/java"))).isEmpty();
  }

  @Test
  void aPackageUsesOnlyPackagesAboveItInTheTable() {
    assertThat(TABLE.arrowsAgainstTheDrawing()).isEmpty();
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
  static final ArchRule onlyOneClassHasHazelcastsRaftNodeAndOneMoreReadsIt =
      noClasses()
          .that()
          .haveNameNotMatching("io\\.kvorum\\.consensus\\.hazelcast\\.core\\.Raft(Core|View)")
          .should()
          .dependOnClassesThat()
          .haveNameMatching(
              "com\\.hazelcast\\.cp\\.internal\\.raft\\.impl\\.(RaftNodeImpl|state\\..*)");

  @ArchTest
  static final ArchRule onlyOnePackageKnowsSql =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.kvorum.derby")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..", "org.apache.derby..");

  @ArchTest
  static final ArchRule onlyOnePackageKnowsHowPasswordsAndTokensAreMade =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.kvorum.auth")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("at.favre..", "io.jsonwebtoken..");

  @ArchTest
  static final ArchRule onlyTheStateMachineWritesToTheStore =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.kvorum.mvcc..", "io.kvorum.apply")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("io.kvorum.mvcc.StoreWriter")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("io.kvorum.mvcc.WriteTxn");

  @ArchTest
  static final ArchRule othersSeeOfTheHistoryOnlyItsPortAndTheFormOfAPage =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.kvorum.mvcc..")
          .should()
          .dependOnClassesThat()
          .haveNameMatching(
              "io\\.kvorum\\.mvcc\\.history\\.(?!(RevisionHistory|PageCodec|EtcdRecord)(\\$.*)?$).*");

  /** A call that is not checked does not compile: there is no other way to a service. */
  @ArchTest
  static final ArchRule theFacesReachServicesThroughTheirEntrancesAlone =
      noClasses()
          .that()
          .resideInAnyPackage("io.kvorum.grpc..", "io.kvorum.rest..")
          .should()
          .dependOnClassesThat()
          .haveNameMatching(
              "io\\.kvorum\\.(service\\.Services|watch\\.(WatchHub|WatchStream)|boot\\..*)");

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
              "io.kvorum.peer",
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
  static final ArchRule onlyTheEdgesKnowTheContainer =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.kvorum.rest..", "io.kvorum.ops.web", "io.kvorum.boot.container")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jakarta..", "org.eclipse.microprofile..");

  /**
   * What the launcher does comes before everything else: it loads little. The training is a process
   * of its own, and a client too.
   */
  @ArchTest
  static final ArchRule theLauncherNeedsOnlyItsOwnLibraries =
      classes()
          .that()
          .resideInAnyPackage("io.kvorum.boot.launcher", "io.kvorum.boot.config")
          .and()
          .doNotHaveSimpleName("Training")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "javax.management..",
              "sun.misc",
              "org.jspecify..",
              "picocli..",
              "org.snakeyaml..",
              "com.ibm.wsspi.kernel.embeddable",
              "io.kvorum.boot.launcher",
              "io.kvorum.boot.config",
              "io.kvorum.boot.host",
              "io.kvorum.model",
              "io.kvorum.support",
              "io.kvorum.tls",
              "io.kvorum.audit");

  @ArchTest
  static final ArchRule onlyTheApplierChangesTheReplicatedTables =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.kvorum.apply..", "io.kvorum.auth", "io.kvorum.lease..", "io.kvorum.membership..")
          .should()
          .dependOnClassesThat()
          .haveNameMatching(
              "io\\.kvorum\\.(auth\\.AuthTable|lease\\.LeaseTable|membership\\.MemberTable)");

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices().matching("io.kvorum.(**)").should().beFreeOfCycles();
}
