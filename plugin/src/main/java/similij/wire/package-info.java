// SPDX-License-Identifier: BSD-2-Clause
/**
 * The contract with Python ({@code docs/protocol.md}) as types: messages, replies, and the {@link similij.wire.Backend} that
 * carries them.
 * <p>
 * Imports nothing but Java: no type of ImageJ and none of Appose. So a test can stand in for Python without either, and a
 * key of a message is written here and nowhere else: a field that is renamed on one side fails in a test, not at a user's.
 * </p>
 */
package similij.wire;
