// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

/** The contract with Python, {@code docs/protocol.md}: its version, and the handshake. */
public final class Protocol {

	/** Raised whenever a message changes its meaning. Python has the same number. */
	public static final int VERSION = 6;

	/** The version of this jar, as in {@code pom.xml} (a test compares them). */
	public static final String JAR = "0.2.0";

	private Protocol() {}

	/** Lets Python drop what it has of a run, or of its pictures. Where Python itself is gone, there is nothing to drop. */
	public static void forget(final Backend backend, final String run) {
		try {
			backend.call(new Cancel(run).toMap());
		}
		catch (final BackendException e) {
			// The user reads why the run itself ended; this is only its echo.
		}
	}

	/** Checks that both sides speak the same protocol; where they do not, says which is older and how to update it. */
	public static void handshake(final Backend backend) throws BackendException {
		final Hello.Answer theirs = new Hello().ask(backend);
		if (theirs.protocol == VERSION) return;
		final String both = "The ImageJ side of SimilIJ (jar " + JAR + ") speaks protocol " + VERSION +
			", the Python package similij " + theirs.version + " (" + theirs.python + ") speaks protocol " +
			theirs.protocolInWords + ": ";
		throw new BackendException(both + (theirs.protocol > VERSION
			? "the jar is older. Update it: run \"similij install <ImageJ or Fiji folder>\", then restart ImageJ."
			: "the Python package is older. Update it: run " + installing(
				theirs.python) + ", then restart ImageJ."));
	}

	/** How the package that fits this jar gets into a Python: from the wheel of the release, as no index need have it. */
	public static String installing(final Object python) {
		return "\"" + python + "\" -m pip install similij-" + JAR + "-py3-none-any.whl";
	}
}
