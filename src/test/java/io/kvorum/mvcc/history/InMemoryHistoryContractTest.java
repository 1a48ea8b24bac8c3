package io.kvorum.mvcc.history;

class InMemoryHistoryContractTest extends RevisionHistoryContract {
  private InMemoryHistory storage = new InMemoryHistory();

  @Override
  protected RevisionHistory onStorageOfThisTest() {
    storage = storage.reopen();
    return storage;
  }

  @Override
  protected void crash(RevisionHistory crashed) {
    storage.crash();
  }
}
