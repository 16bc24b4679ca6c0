// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

/**
 * Python was gone before it had begun with the first message of a conversation. Nothing was done and nothing is lost, so
 * the conversation can begin once more: the next message finds another Python.
 */
public final class UnheardException extends BackendException {

	private static final long serialVersionUID = 1L;

	/** @param gone what to say where it is not begun once more */
	public UnheardException(final BackendException gone) {
		super(gone.getMessage(), gone.details());
	}
}
