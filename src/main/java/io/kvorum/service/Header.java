package io.kvorum.service;

/** What every answer begins with. */
public record Header(long clusterId, long memberId, long revision, long raftTerm) {}
