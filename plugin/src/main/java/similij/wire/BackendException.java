// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

/**
 * What the user reads when a comparison cannot be made.
 * <p>
 * The message is a sentence that names the thing, the value found, the value expected and the next step. What only a
 * developer wants to read (a Python traceback) is kept beside it and goes to the Console.
 * </p>
 */
public class BackendException extends Exception {

	private static final long serialVersionUID = 1L;

	private final String details;

	public BackendException(final String sentence) {
		this(sentence, null);
	}

	public BackendException(final String sentence, final String details) {
		super(Inert.sentence(sentence));
		this.details = details;
	}

	/** The traceback, or null. */
	public final String details() {
		return details;
	}
}
