// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;

/** Whether another Python could take the place of the one that is gone. */
class ConversationsTest {

	private final Conversations conversations = new Conversations();

	private static Map<String, Object> map(final Object... keysAndValues) {
		final Map<String, Object> map = new LinkedHashMap<>();
		for (int k = 0; k < keysAndValues.length; k += 2)
			map.put((String) keysAndValues[k], keysAndValues[k + 1]);
		return map;
	}

	private static Map<String, Object> compare(final String run, final Object runId, final boolean end) {
		return map("op", "compare", "run", run, "request", map("run_id", runId), "end", end);
	}

	private static final Map<String, Object> NOTHING = Collections.emptyMap();

	@Test
	void aComparison() {
		assertTrue(conversations.isNew(map("op", "check")));
		assertTrue(conversations.isNew(compare("1", null, false)));
		conversations.note(compare("1", null, false), NOTHING);
		// Its next plane, and what else is asked meanwhile.
		assertFalse(conversations.isNew(map("op", "compare", "run", "1", "end", true)));
		assertFalse(conversations.isNew(map("op", "check")));
		conversations.note(map("op", "compare", "run", "1", "end", true), map("again", true));
		assertFalse(conversations.isNew(map("op", "check")));
		conversations.note(map("op", "compare", "run", "1", "end", true), NOTHING);
		assertTrue(conversations.isNew(map("op", "check")));
		assertTrue(conversations.isNew(compare("2", null, true)));
	}

	@Test
	void theNextGroupOfTheSameRun() {
		conversations.note(compare("1", "a run", true), NOTHING);
		assertTrue(conversations.isNew(compare("2", "another", true)));
		assertFalse(conversations.isNew(compare("2", "a run", true)));
		conversations.clear();
		assertTrue(conversations.isNew(compare("2", "a run", true)));
	}

	@Test
	void foldersAndPictures() {
		for (final String op : new String[] { "batch", "album" }) {
			conversations.note(map("op", op), map("run_id", "a run"));
			assertFalse(conversations.isNew(map("op", "readable")));
			assertFalse(conversations.isNew(compare("1", "a run", true)));
			conversations.note(map("op", "cancel", "run", "a run"), NOTHING);
			assertTrue(conversations.isNew(map("op", "readable")));
		}
		conversations.note(map("op", "batch"), map("run_id", "a run"));
		conversations.note(map("op", "next", "run", "a run"), map("end", false));
		assertFalse(conversations.isNew(map("op", "readable")));
		conversations.note(map("op", "next", "run", "a run"), map("end", true));
		assertTrue(conversations.isNew(map("op", "readable")));
	}

	@Test
	void aMatrix() {
		final Map<String, Object> begin = map("op", "matrix", "run", "1", "request", NOTHING, "end", false);
		assertTrue(conversations.isNew(begin));
		conversations.note(begin, NOTHING);
		assertFalse(conversations.isNew(map("op", "readable")));
		assertFalse(conversations.isNew(map("op", "matrix", "run", "1", "end", false)));
		conversations.note(map("op", "matrix", "run", "1", "end", true), NOTHING);
		assertTrue(conversations.isNew(begin));
	}

	@Test
	void whatPythonRefusedItDoesNotKeep() {
		conversations.note(compare("1", null, false), map("error", "too large"));
		assertTrue(conversations.isNew(map("op", "check")));
		conversations.note(map("op", "batch"), map("error", "no pairs"));
		assertTrue(conversations.isNew(map("op", "check")));
	}
}
