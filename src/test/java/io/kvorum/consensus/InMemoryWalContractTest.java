package io.kvorum.consensus;

import java.util.Random;

/** The simulated log keeps the contract that the real one keeps. */
class InMemoryWalContractTest extends WriteAheadLogContract {
  private final InMemoryWal.Disk disk = new InMemoryWal.Disk(8);
  private final Random random = new Random(1);

  @Override
  protected WriteAheadLog onStorageOfThisTest() {
    return new InMemoryWal(disk);
  }

  @Override
  protected void crash(WriteAheadLog crashed) {
    ((InMemoryWal) crashed).crash(random);
  }
}
