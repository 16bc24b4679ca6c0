// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import ij.IJ;
import ij.plugin.frame.Recorder;

import java.util.Map;

/**
 * Writes the options of a dialog into ImageJ's macro recorder.
 * <p>
 * The dialogs read their fields directly, so {@code GenericDialog} records nothing; what is recorded is what the parser
 * reads, brackets included.
 * </p>
 */
public final class Recording {

	private Recording() {}

	/** A dialog that was cancelled leaves no line; ImageJ would write one without options. */
	public static void nothing() {
		if (IJ.recording()) Recorder.disableCommandRecording();
	}

	public static void record(final Map<String, String> options) {
		if (!IJ.recording()) return;
		options.forEach((key, value) -> {
			if (value.isEmpty()) {
				Recorder.recordOption(key);
				return;
			}
			// The recorder adds brackets of its own where it sees a blank.
			final boolean bracketed = value.startsWith("[") && value.endsWith("]") && value.indexOf(' ') >= 0;
			final String plain = bracketed ? value.substring(1, value.length() - 1) : value;
			Recorder.recordOption(key, Recorder.fixString(plain));
		});
	}
}
