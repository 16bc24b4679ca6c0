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
	static final String CURRENT_PLANE = "Current plane";
	static final String ALL_PLANES = "All planes";

	/** In each list the first one is the default. */
	static final List<String> REGIONS = Collections.unmodifiableList(Arrays.asList(WHOLE_IMAGE, SELECTION_1,
		SELECTION_2, BOTH_SELECTIONS, ROI_FILE));
	static final List<String> STACKS = Collections.unmodifiableList(Arrays.asList(CURRENT_PLANE, ALL_PLANES));
	static final List<String> RESCALES = Collections.unmodifiableList(Arrays.asList("None", "Percentile"));
	static final List<String> KEYS = Collections.unmodifiableList(Arrays.asList("image_1", "image_2", "region",
		"roi_file", "stack", "rescale"));

	/** A title or an ID; null: the images are preselected. */
	final String image1;
	final String image2;
	final String region;
	final String roiFile;
	final String stack;
	final String rescale;

	Options(final String image1, final String image2, final String region, final String roiFile, final String stack,
		final String rescale) throws BackendException
	{
		this.image1 = image1;
		this.image2 = image2;
		this.roiFile = roiFile;
		final boolean regionGiven = region != null && !region.trim().isEmpty();
		this.region = !regionGiven && roiFile != null ? ROI_FILE : MacroOptions.choice("region", REGIONS, region);
		if (roiFile != null && !this.region.equals(ROI_FILE)) throw new BackendException("roi_file=[" + roiFile +
			"] is given, and region=[" + this.region + "], which does not use it: choose region=[" + ROI_FILE +
			"], or leave one of them out.");
		this.stack = MacroOptions.choice("stack", STACKS, stack);
		this.rescale = MacroOptions.choice("rescale", RESCALES, rescale);
	}

	static Options parse(final String options, final UnaryOperator<String> variables) throws BackendException {
		final MacroOptions given = new MacroOptions(options, KEYS, variables);
		return new Options(given.get("image_1"), given.get("image_2"), given.get("region"), given.get("roi_file"),
			given.get("stack"), given.get("rescale"));
	}

	/** The keys and values that a macro replays this with. */
	Map<String, String> recorded() {
		final Map<String, String> recorded = new LinkedHashMap<>();
		recorded.put("image_1", "[" + image1 + "]");
		recorded.put("image_2", "[" + image2 + "]");
		recorded.put("region", "[" + region + "]");
		if (region.equals(ROI_FILE)) recorded.put("roi_file", "[" + roiFile + "]");
		recorded.put("stack", "[" + stack + "]");
		recorded.put("rescale", rescale);
		return recorded;
	}
}
