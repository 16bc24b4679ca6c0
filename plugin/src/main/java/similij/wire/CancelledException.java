// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

/** The user pressed Esc. Not an error, so it opens no dialog; but a macro must not go on without the row it waits for. */
public final class CancelledException extends BackendException {

	private static final long serialVersionUID = 1L;

	/** Whether all rows are there, and only what comes after them is not. */
	public final boolean rowsAreComplete;

	public CancelledException(final String sentence) {
		this(sentence, false);
	}

	public CancelledException(final String sentence, final boolean rowsAreComplete) {
		super(sentence);
		this.rowsAreComplete = rowsAreComplete;
	}
}
