// SPDX-License-Identifier: BSD-2-Clause
package similij;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What <i>Image Similarity...</i> can be told. Every key has a default; dialog, macro and command all end here. */
final class Options {

	static final String WHOLE_IMAGE = "Whole image";
	static final String SELECTION_1 = "Selection of image 1";
	static final String SELECTION_2 = "Selection of image 2";
	static final String BOTH_SELECTIONS = "Both selections";
	static final String ROI_FILE = "ROI file";
	static final String ROI_MANAGER = "ROI Manager";
	static final String OVERLAY = "Overlay";
	static final String CURRENT_PLANE = "Current plane";
	static final String EACH_PLANE = "Each plane";
	static final String ALL_PLANES = "All planes";
	static final String IMAGE_2 = "image 2";

	/** In each list the first one is the default. */
	static final List<String> REGIONS = Collections.unmodifiableList(Arrays.asList(WHOLE_IMAGE, SELECTION_1,
		SELECTION_2, BOTH_SELECTIONS, ROI_FILE, ROI_MANAGER, OVERLAY));
	static final List<String> STACKS = Collections.unmodifiableList(Arrays.asList(CURRENT_PLANE, EACH_PLANE,
		ALL_PLANES));
	static final List<String> AGAINST = Collections.unmodifiableList(Arrays.asList(IMAGE_2, "first frame",
		"previous frame"));
	static final List<String> RESCALES = Collections.unmodifiableList(Arrays.asList("None", "Percentile"));
	static final List<String> KEYS = Collections.unmodifiableList(Arrays.asList("image_1", "image_2", "region",
		"roi_file", "stack", "per", "channels", "against", "rescale"));

	/** A title or an ID; null: the images are preselected. */
	final String image1;
	final String image2;
	final String region;
	final String roiFile;
	final String stack;
	/** Axes with rows of their own, as Python reads them; null where not given. */
	final String per;
	/** Channel pairs, as Python reads them; null where not given. */
	final String channels;
	/** As Python reads it, which knows more spellings than the dialog offers. */
	final String against;
	final String rescale;

	/** @param given the value of a key; null where it is not given */
	Options(final UnaryOperator<String> given) throws BackendException {
		image1 = given.apply("image_1");
		image2 = given.apply("image_2");
		roiFile = given.apply("roi_file");
		final String asked = given.apply("region");
		final boolean regionGiven = asked != null && !asked.trim().isEmpty();
		region = !regionGiven && roiFile != null ? ROI_FILE : MacroOptions.choice("region", REGIONS, asked);
		if (roiFile != null && !region.equals(ROI_FILE)) throw new BackendException("roi_file=[" + roiFile +
			"] is given, and region=[" + region + "], which does not use it: choose region=[" + ROI_FILE +
			"], or leave one of them out.");
		stack = MacroOptions.choice("stack", STACKS, given.apply("stack"));
		per = words(given.apply("per"));
		channels = words(given.apply("channels"));
		final String partner = words(given.apply("against"));
		against = partner == null || partner.equalsIgnoreCase(IMAGE_2) ? IMAGE_2 : partner;
		rescale = MacroOptions.choice("rescale", RESCALES, given.apply("rescale"));
	}

	private static String words(final String value) {
		return value == null || value.trim().isEmpty() ? null : value.trim();
	}

	static Options parse(final String options, final UnaryOperator<String> variables) throws BackendException {
		return new Options(new MacroOptions(options, KEYS, variables)::get);
	}

	/** Whether Python says which planes make which rows; otherwise it is the plane that each image shows. */
	boolean needsPlan() {
		return !stack.equals(CURRENT_PLANE) || per != null || channels != null || againstFrames();
	}

	/** Whether frames of image 1 are compared with other frames of it. */
	boolean againstFrames() {
		return !against.equals(IMAGE_2);
	}

	/** Whether image 1 is compared with itself: no second image is named, and none is needed. */
	boolean withItself() {
		return image2 == null && (channels != null || againstFrames());
	}

	/** The keys and values that a macro replays this with. */
	Map<String, String> recorded() {
		final Map<String, String> recorded = new LinkedHashMap<>();
		recorded.put("image_1", "[" + image1 + "]");
		if (image2 != null) recorded.put("image_2", "[" + image2 + "]");
		recorded.put("region", "[" + region + "]");
		if (region.equals(ROI_FILE)) recorded.put("roi_file", "[" + roiFile + "]");
		recorded.put("stack", "[" + stack + "]");
		if (per != null) recorded.put("per", "[" + per + "]");
		if (channels != null) recorded.put("channels", "[" + channels + "]");
		if (againstFrames()) recorded.put("against", "[" + against + "]");
		recorded.put("rescale", rescale);
		return recorded;
	}
}
