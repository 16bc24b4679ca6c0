// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a Python keeps from message to message, as the messages and their answers tell it: so that it is known whether
 * another Python, which knows nothing, could take the place of one that is gone.
 */
public final class Conversations {

	/** What is answered from what the message itself says. */
	private static final Set<String> ALONE = new HashSet<>(Arrays.asList("hello", "plan", "tied", "check", "docs", "about",
		"metrics", "album", "images", "pair", "batch", "headline", "release", "readable"));

	private static final String RUN = "run";
	private static final String RUN_ID = "run_id";
	private static final String REQUEST = "request";

	/** Those that are not at their end. */
	private final Set<Object> open = new HashSet<>();
	/** Runs of which rows were answered: verdicts look back on the rows before. */
	private final Set<Object> answered = new HashSet<>();

	/** Whether a Python that knows nothing could answer this as well as the one that it is meant for. */
	public boolean isNew(final Map<String, Object> message) {
		if (!open.isEmpty()) return false;
		if (ALONE.contains(message.get("op"))) return true;
		// A comparison or a matrix begins with its request.
		return message.get(REQUEST) instanceof Map && !answered.contains(runId(message));
	}

	/** A message was answered. */
	public void note(final Map<String, Object> message, final Map<String, Object> reply) {
		final Object run = message.get(RUN);
		switch (String.valueOf(message.get("op"))) {
			case "album":
			case "batch":
				open.add(reply.get(RUN_ID));
				break;
			case "compare":
				answered.add(runId(message));
				set(run, !isTrue(message.get("end")) || isTrue(reply.get("again")));
				break;
			case "matrix":
				set(run, !isTrue(message.get("end")));
				break;
			case "next":
				set(run, !isTrue(reply.get("end")));
				break;
			case "cancel":
				open.remove(run);
				break;
			default:
		}
		// Python keeps nothing of what it refused; a run of rows has a name only if it has more than one comparison.
		if (reply.get("error") != null) open.remove(run);
		open.remove(null);
		answered.remove(null);
	}

	/** Another Python answers from now on. */
	public void clear() {
		open.clear();
		answered.clear();
	}

	/** Whether pixels travel with a message, in memory that both sides see. */
	public static boolean hasPixels(final Map<String, Object> message) {
		return message.containsKey(Compare.PLANE_1) || message.containsKey(Compare.MASKS);
	}

	private static Object runId(final Map<String, Object> message) {
		final Object request = message.get(REQUEST);
		return request instanceof Map ? ((Map<?, ?>) request).get(RUN_ID) : null;
	}

	private void set(final Object run, final boolean isOpen) {
		if (isOpen) open.add(run);
		else open.remove(run);
	}

	private static boolean isTrue(final Object value) {
		return Boolean.TRUE.equals(value);
	}
}
