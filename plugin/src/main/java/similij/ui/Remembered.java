// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import ij.Prefs;

import java.util.List;

/** What was last chosen in the dialog, in ImageJ's own preferences. Macros neither read nor change it. */
public final class Remembered {

	private static final String PREFIX = "similij.dialog.";

	private Remembered() {}

	static String text(final String key) {
		return Prefs.get(PREFIX + key, "");
	}

	static boolean flag(final String key) {
		return Prefs.get(PREFIX + key, false);
	}

	/** One of several; the first one where nothing is remembered, or what is no more. */
	static String choice(final String key, final List<String> choices) {
		final String last = text(key);
		return choices.contains(last) ? last : choices.get(0);
	}

	static void keep(final String key, final String value) {
		Prefs.set(PREFIX + key, value == null ? "" : value);
	}

	static void keep(final String key, final boolean value) {
		Prefs.set(PREFIX + key, value);
	}
}
