// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.images.Regions;
import similij.options.Options;

import ij.ImagePlus;
import ij.gui.Roi;

import java.awt.Rectangle;
import java.io.File;
import java.util.Arrays;
import java.util.Locale;

/** What a dialog says below the choice of the region: which pixels that is, and what is left aside. */
final class RegionWords {

	/** Letters of a title at most. */
	private static final int LETTERS = 30;

	private RegionWords() {}

	static String of(final String region, final ImagePlus image1, final ImagePlus image2) {
		switch (region) {
			case Options.SELECTION_1:
				return drawn(image1);
			case Options.SELECTION_2:
				return drawn(image2);
			case Options.BOTH_SELECTIONS:
				return "where the selections of both images overlap";
			case Options.WHOLE_IMAGE:
				return aside(image1, image2);
			default:
				return "";
		}
	}

	private static String drawn(final ImagePlus image) {
		final Roi roi = image.getRoi();
		if (roi == null) return "";
		final Rectangle box = roi.getBounds();
		return roi.getTypeAsString().toLowerCase(Locale.ROOT) + " on " + title(image) + ": " + box.width + "\u00d7" +
			box.height + " pixels at " + box.x + ", " + box.y;
	}

	/** What a user may think is compared, and is not; or what could be. */
	private static String aside(final ImagePlus image1, final ImagePlus image2) {
		for (final ImagePlus image : Arrays.asList(image1, image2)) {
			if (Regions.isDrawn(image)) return "the selection on " + title(image) + " is not used";
			if (image.getRoi() != null) return "the " + image.getRoi().getTypeAsString().toLowerCase(Locale.ROOT) + " on " + title(
				image) + " has no area, and is not used";
		}
		final File beside = Regions.beside(image1);
		return beside == null ? "" : "beside image 1: " + cut(beside.getName()) + ", choose " + Options.ROI_FILE;
	}

	private static String title(final ImagePlus image) {
		return '"' + cut(image.getTitle()) + '"';
	}

	private static String cut(final String name) {
		return name.length() > LETTERS ? name.substring(0, LETTERS - 3) + "..." : name;
	}
}
