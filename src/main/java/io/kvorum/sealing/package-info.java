/**
 * Encryption at rest: from master keys in a file to sealed records and sealed files, with
 * AES-256-GCM of the JDK.
 *
 * <p>{@code MasterKeys} is what the file of keys holds, {@code Sealing} what it holds now. A {@code
 * RecordSealer} seals the records of one directory, whose {@code KeyList} names the keys that are
 * needed to open it; {@code SealedWriter} and {@code SealedFile} seal a file as a whole. Nothing
 * here knows what is sealed.
 */
@NullMarked
package io.kvorum.sealing;

import org.jspecify.annotations.NullMarked;
