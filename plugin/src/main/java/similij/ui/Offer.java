// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.images.Identity;
import similij.images.Regions;
import similij.options.OptionTable;
import similij.options.Options;

import ij.ImagePlus;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the dialog offers for two images before anybody chooses: what is drawn on them, what lies beside them, and what
 * was chosen the last time.
 * <p>
 * What was chosen the last time is of two kinds. How to compare (rescale, pictures, metrics, ...) holds for any images.
 * What refers to the images (a region, a ROI file, a label image, a mask, channels, planes, a background, a folder to save to:
 * all keys but those of {@link #OF_ANY}) is offered again only for the same two images, each in its place: same title,
 * width, height, channels, slices, frames and type, same file as it was then, or, without a file, the same window; and a
 * label image or mask only where it is open and the same by the same rule. Anything else would make rows of regions that
 * are not of these images. A selection that is drawn now counts more than what was chosen the last time.
 * </p>
 */
final class Offer {

	/** Keys of what holds for any images. */
	static final List<String> OF_ANY = Arrays.asList("stack", "color", "rescale", "pictures", "verdict", "metrics");
	private static final OptionTable TABLE = OptionTable.IMAGES;
	/** As {@code Options.TABLE} has it: of RGB images alone the first choice would be refused. */
	private static final String LUMINANCE = "Luminance";
	private static final String CHANNELS = "Channels";
	private static final String FIRST_FRAME = "first frame";
	private static final String FIRST_TWO = "1:2";

	private final ImagePlus image1;
	private final ImagePlus image2;
	private final List<ImagePlus> open;
	private final boolean same;

	/** @param open images that may be the label image or the mask */
	Offer(final ImagePlus image1, final ImagePlus image2, final List<ImagePlus> open) {
		this.image1 = image1;
		this.image2 = image2;
		this.open = open;
		this.same = Remembered.isOf(image1, image2);
	}

	/** The word of a key other than those of images. */
	String word(final String key) {
		switch (key) {
			case "region":
				return region();
			case "roi_file":
				return roiFile();
			case "color":
				return color();
			case "channels":
				return channels();
			case "against":
				final boolean frames = alone() && partsOfColor() < 2 && image1.getNChannels() < 2 && image1.getNFrames() > 1;
				return same || !frames ? last(key) : FIRST_FRAME;
			default:
				return last(key);
		}
	}

	/** The image of the last time that a key names, where it is open and the choice is of these images; else null. */
	ImagePlus image(final String key) {
		final String last = Remembered.text(key);
		if (!same || last.isEmpty()) return null;
		return open.stream().filter(image -> Identity.of(image).equals(last)).findFirst().orElse(null);
	}

	private boolean alone() {
		return image1 == image2;
	}

	/** What was chosen last, where it holds for these images; else what the table says. Of a list, with commas between. */
	private String last(final String key) {
		final boolean holds = same || OF_ANY.contains(key);
		switch (TABLE.kind(key)) {
			case "choice":
				return holds ? Remembered.choice(key, TABLE.choices(key)) : TABLE.choices(key).get(0);
			case "flag":
				return Boolean.toString(holds && Remembered.flag(key));
			case "list":
				return TABLE.choices(key).stream().filter(item -> holds && Remembered.flag(key + "." + item)).collect(Collectors
					.joining(","));
			default:
				return holds ? Remembered.text(key) : TABLE.initial(key);
		}
	}

	private String region() {
		final boolean one = Regions.isDrawn(image1);
		final boolean two = !alone() && Regions.isDrawn(image2);
		final String last = last("region");
		// Also where one of the two was chosen the last time: the other may just have been drawn, and must not be ignored.
		if (one || two) return one && two ? Options.BOTH_SELECTIONS : one ? Options.SELECTION_1 : Options.SELECTION_2;
		switch (last) {
			case Options.ROI_FILE:
				return new File(Remembered.text("roi_file")).isFile() ? last : Options.WHOLE_IMAGE;
			case Options.LABEL_IMAGE:
				return image("labels") == null ? Options.WHOLE_IMAGE : last;
			case Options.ROI_MANAGER:
			case Options.OVERLAY:
				return last;
			default:
				return Options.WHOLE_IMAGE;
		}
	}

	private String roiFile() {
		final String last = last("roi_file");
		if (new File(last).isFile()) return last;
		final File beside = Regions.beside(image1);
		return beside == null ? "" : beside.getPath();
	}

	private String color() {
		if (!isColor(image1) && !isColor(image2)) return TABLE.choices("color").get(0);
		final String last = last("color");
		// Of a single RGB image only its channels can be compared with one another.
		if (alone() && !same) return CHANNELS;
		return last.equals(TABLE.choices("color").get(0)) ? LUMINANCE : last;
	}

	private static boolean isColor(final ImagePlus image) {
		return image.getType() == ImagePlus.COLOR_RGB;
	}

	private int partsOfColor() {
		return isColor(image1) && color().equals(CHANNELS) ? 3 : 1;
	}

	private String channels() {
		final String last = last("channels");
		final boolean several = alone() && (image1.getNChannels() > 1 || partsOfColor() > 1);
		return last.isEmpty() && several ? FIRST_TWO : last;
	}
}
