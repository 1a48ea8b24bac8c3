package io.kvorum.service;

/** The header of every response. */
public record Header(long clusterId, long memberId, long revision, long raftTerm) {}
