package io.kvorum.load;

/**
 * One encoded request. The body belongs to the request alone and is not changed after creation.
 *
 * @param leastAnswerBytes an answer shorter than this is wrong (a value is missing in it)
 */
record Request(Operation operation, byte[] body, int leastAnswerBytes) {}
