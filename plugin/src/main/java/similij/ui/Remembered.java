// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.images.Identity;

import ij.ImagePlus;
import ij.Prefs;

import java.util.List;

/**
 * What was last chosen in the dialog, in ImageJ's own preferences. Macros neither read nor change it.
 * <p>
 * Some of it only makes sense for the images that it was chosen for, which are kept with it: see {@link #isOf}.
 * </p>
 */
public final class Remembered {

	private static final String PREFIX = "similij.dialog.";
	private static final String IMAGES = "images";

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

	/** Notes which images the choices are of. */
	static void keepImages(final ImagePlus image1, final ImagePlus image2) {
		keep(IMAGES, both(image1, image2));
	}

	/** Whether the choices were made for these two images, each in its place: the same ones in every way of {@link Identity}. */
	static boolean isOf(final ImagePlus image1, final ImagePlus image2) {
		return text(IMAGES).equals(both(image1, image2));
	}

	private static String both(final ImagePlus image1, final ImagePlus image2) {
		return Identity.of(image1) + " | " + Identity.of(image2);
	}
}
