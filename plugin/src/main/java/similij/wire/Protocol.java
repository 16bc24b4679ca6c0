// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/** The contract with Python, {@code docs/protocol.md}: its version, the handshake, and how an error arrives. */
public final class Protocol {

	/** Raised whenever a message changes its meaning. Python has the same number. */
	public static final int VERSION = 2;

	/** The version of this jar, as in {@code pom.xml} (a test compares them). */
	public static final String JAR = "0.1.0";

	private Protocol() {}

	public static Map<String, Object> message(final String op) {
		final Map<String, Object> message = new LinkedHashMap<>();
		message.put("op", op);
		return message;
	}

	/** Sends a message; an answer that is an error becomes an exception. */
	public static Map<String, Object> ask(final Backend backend, final Map<String, Object> message) throws BackendException {
		final Map<String, Object> reply = backend.call(message);
		final Object error = reply.get("error");
		if (error == null) return reply;
		final Object traceback = reply.get("traceback");
		throw new BackendException(error.toString(), traceback == null ? null : traceback.toString());
	}

	/** Lets Python drop what it has of a run, or of its pictures. Where Python itself is gone, there is nothing to drop. */
	public static void forget(final Backend backend, final String run) {
		final Map<String, Object> cancel = message("cancel");
		cancel.put("run", run);
		try {
			backend.call(cancel);
		}
		catch (final BackendException e) {
			// The user reads why the run itself ended; this is only its echo.
		}
	}

	/** Checks that both sides speak the same protocol; where they do not, says which is older and how to update it. */
	public static void handshake(final Backend backend) throws BackendException {
		final Map<String, Object> hello = message("hello");
		hello.put("protocol", VERSION);
		hello.put("jar", JAR);
		final Map<String, Object> reply = ask(backend, hello);
		final Object found = reply.get("protocol");
		final int theirs = found instanceof Number ? ((Number) found).intValue() : 0;
		if (theirs == VERSION) return;
		final String both = "The ImageJ side of SimilIJ (jar " + JAR + ") speaks protocol " + VERSION +
			", the Python package similij " + reply.get("version") + " (" + reply.get("python") + ") speaks protocol " +
			(found == null ? "unknown" : found) + ": ";
		throw new BackendException(both + (theirs > VERSION
			? "the jar is older. Update it: run \"similij install <ImageJ or Fiji folder>\", then restart ImageJ."
			: "the Python package is older. Update it: run \"" + reply.get("python") +
				"\" -m pip install -U similij, then restart ImageJ."));
	}
}
