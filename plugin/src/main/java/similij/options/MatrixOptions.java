// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import similij.wire.BackendException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What <i>Image Similarity Matrix...</i> can be told. Every key has a default. */
public final class MatrixOptions {

	public static final String SELECTION = "Selection";
	public static final List<String> REGIONS = OptionTable.MATRIX.choices("region");
	public static final List<String> STACKS = OptionTable.MATRIX.choices("stack");

	/** Titles or IDs; empty: all that are open. */
	public final List<String> images;
	/** Whose images are opened one after the other; null: the open ones. */
	public final String folder;
	public final String stack;
	public final String region;
	public final String roiFile;
	public final String rescale;
	/** As Python reads them; null where not given. */
	public final String metrics;
	/** A folder, or null. */
	public final String save;

	/** @param given the value of a key; null where it is not given */
	public MatrixOptions(final UnaryOperator<String> given) throws BackendException {
		images = names(given.apply("images"));
		folder = blankAsNull(given.apply("folder"));
		if (folder != null && !images.isEmpty()) throw new BackendException(
			"images and folder are both given: the images are the open ones or those of a folder. Leave one out.");
		stack = MacroOptions.choice("stack", STACKS, given.apply("stack"));
		roiFile = blankAsNull(given.apply("roi_file"));
		final String asked = blankAsNull(given.apply("region"));
		region = asked == null && roiFile != null ? Options.ROI_FILE : MacroOptions.choice("region", REGIONS, asked);
		if (roiFile != null && !region.equals(Options.ROI_FILE)) throw new BackendException("roi_file is given, and region=[" +
			region + "] does not use it: leave one of them out, or give region=[" + Options.ROI_FILE + "].");
		if (roiFile == null && region.equals(Options.ROI_FILE)) throw new BackendException("region=[" + Options.ROI_FILE +
			"] needs roi_file=[...]: the path of a .roi file or of a zip of them.");
		rescale = MacroOptions.choice("rescale", Options.RESCALES, given.apply("rescale"));
		metrics = blankAsNull(given.apply("metrics"));
		save = blankAsNull(given.apply("save"));
	}

	public static MatrixOptions parse(final String options, final UnaryOperator<String> variables) throws BackendException {
		return new MatrixOptions(new MacroOptions(options, OptionTable.MATRIX, variables)::get);
	}

	public boolean allPlanes() {
		return stack.equals(Options.ALL_PLANES);
	}

	/** The keys and values that a macro replays this with, without those that have their defaults. */
	public Map<String, String> recorded() {
		final Map<String, String> recorded = new LinkedHashMap<>();
		if (!images.isEmpty()) recorded.put("images", "[" + String.join("|", images) + "]");
		if (folder != null) recorded.put("folder", "[" + folder + "]");
		if (allPlanes()) recorded.put("stack", "[" + stack + "]");
		if (region.equals(SELECTION)) recorded.put("region", region);
		if (roiFile != null) recorded.put("roi_file", "[" + roiFile + "]");
		if (!rescale.equals(Options.RESCALES.get(0))) recorded.put("rescale", rescale);
		if (metrics != null) recorded.put("metrics", "[" + metrics + "]");
		if (save != null) recorded.put("save", "[" + save + "]");
		return recorded;
	}

	private static List<String> names(final String text) {
		final List<String> names = new ArrayList<>();
		for (final String name : text == null ? new String[0] : text.split("\\|"))
			if (!name.trim().isEmpty()) names.add(name);
		return Collections.unmodifiableList(names);
	}

	private static String blankAsNull(final String text) {
		return text == null || text.trim().isEmpty() ? null : text;
	}
}
