package io.kvorum.sim;

import io.kvorum.consensus.StateMachine;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A state machine that remembers what it was given, and keeps a part of that over a crash, as the
 * real one does with its history: durable up to an index that lags behind what is applied.
 */
public final class RecordingState implements StateMachine {

  /**
   * An entry as it was applied.
   *
   * @param group null but for an entry that changed the group
   */
  public record Applied(long index, long term, List<Command> commands, @Nullable List<Byte> group) {
    public Applied {
      commands = List.copyOf(commands);
    }
  }

  /** What outlives a crash. */
  public static final class Disk {
    private final List<Applied> entries = new ArrayList<>();

    /** Every entry that is durable, from the first on. */
    public List<Applied> entries() {
      return entries;
    }
  }

  private final Disk disk;
  private final CrashPoint crashPoint;
  private final List<Applied> entries;
  private long revision;
  private int slicesLeft;
  private boolean breaks;

  public RecordingState(Disk disk, CrashPoint crashPoint) {
    this.disk = disk;
    this.crashPoint = crashPoint;
    this.entries = new ArrayList<>(disk.entries);
    this.revision = entries.stream().mapToLong(entry -> entry.commands().size()).sum();
  }

  @Override
  public List<Result> apply(long index, long term, List<Command> commands) {
    crashPoint.pass("apply");
    if (breaks) {
      throw new IllegalArgumentException("broken on purpose");
    }
    if (index != entries.size() + 1) {
      throw new IllegalStateException("entry " + index + " after " + entries.size());
    }
    entries.add(new Applied(index, term, commands, null));
    List<Result> results = new ArrayList<>(commands.size());
    for (int i = 0; i < commands.size(); i++) {
      results.add(new Result.Put(++revision, null));
    }
    crashPoint.pass("applied");
    return results;
  }

  @Override
  public void applyGroup(long index, long term, byte[] group) {
    crashPoint.pass("apply group");
    if (index != entries.size() + 1) {
      throw new IllegalStateException("entry " + index + " after " + entries.size());
    }
    List<Byte> bytes = new ArrayList<>();
    for (byte b : group) {
      bytes.add(b);
    }
    entries.add(new Applied(index, term, List.of(), bytes));
  }

  @Override
  public DurableState durableState() {
    List<Applied> durable = disk.entries;
    long term = durable.isEmpty() ? 0 : durable.get(durable.size() - 1).term();
    return new DurableState(durable.size(), term, false, groupOf(durable));
  }

  private static byte @Nullable [] groupOf(List<Applied> entries) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      List<Byte> group = entries.get(i).group();
      if (group != null) {
        byte[] bytes = new byte[group.size()];
        for (int b = 0; b < bytes.length; b++) {
          bytes[b] = group.get(b);
        }
        return bytes;
      }
    }
    return null;
  }

  @Override
  public long durableIndex() {
    return disk.entries.size();
  }

  @Override
  public boolean workSlice() {
    crashPoint.pass("work slice");
    if (slicesLeft > 0) {
      slicesLeft--;
    }
    return slicesLeft > 0;
  }

  /** The next entry meets a bug. */
  public void breakNextApply() {
    breaks = true;
  }

  /** Leaves so much work for the Raft loop's idle time. */
  public void addWork(int slices) {
    slicesLeft += slices;
  }

  public int slicesLeft() {
    return slicesLeft;
  }

  /** Makes at most so many further entries durable, as the history thread does in its own time. */
  public void makeDurable(int mostEntries) {
    int from = disk.entries.size();
    int to = Math.min(entries.size(), from + mostEntries);
    disk.entries.addAll(List.copyOf(entries.subList(from, to)));
  }

  /** Every entry that was applied, from the first on. */
  public List<Applied> entries() {
    return List.copyOf(entries);
  }

  /** The entry that was applied last. */
  public Applied last() {
    return entries.get(entries.size() - 1);
  }

  public long revision() {
    return revision;
  }
}
