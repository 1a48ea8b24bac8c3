package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;

/**
 * What consensus stands on and what it drives. The log is opened, flushed and closed by consensus;
 * the state machine must be ready to apply when consensus starts.
 */
public record RaftPorts(WriteAheadLog log, StateMachine stateMachine, CommandCodec codec) {}
