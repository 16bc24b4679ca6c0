// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import similij.wire.BackendException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What <i>Image Similarity Matrix...</i> can be told. Every key has a default. */
public final class MatrixOptions {

	public static final String SELECTION = "Selection";
	public static final OptionTable TABLE = OptionTable.MATRIX;
	/** What Python is not told in words: it gets the pixels, regions and files themselves. */
	private static final List<String> OWN = Arrays.asList("images", "folder", "stack", "region", "roi_file", "save");

	/** Titles or IDs; empty: all that are open. */
	public final List<String> images;
	/** Whose images are opened one after the other; null: the open ones. */
	public final String folder;
	public final String region;
	public final String roiFile;
	/** A folder, or null. */
	public final String save;
	/** All that is given. */
	public final Words words;

	/** @param given the value of a key; null where it is not given */
	public MatrixOptions(final UnaryOperator<String> given) throws BackendException {
		words = new Words(TABLE, given);
		images = names(words.get("images"));
		folder = words.get("folder");
		if (folder != null && !images.isEmpty()) throw new BackendException(
			"images and folder are both given: the images are the open ones or those of a folder. Leave one out.");
		roiFile = words.get("roi_file");
		final String word = given.apply("region");
		final boolean implied = (word == null || word.trim().isEmpty()) && roiFile != null;
		region = implied ? Options.ROI_FILE : words.value("region");
		if (roiFile != null && !region.equals(Options.ROI_FILE)) throw new BackendException("roi_file is given, and region=[" +
			region + "] does not use it: leave one of them out, or give region=[" + Options.ROI_FILE + "].");
		if (roiFile == null && region.equals(Options.ROI_FILE)) throw new BackendException("region=[" + Options.ROI_FILE +
			"] needs roi_file=[...]: the path of a .roi file or of a zip of them.");
		save = words.get("save");
	}

	public static MatrixOptions parse(final String options, final UnaryOperator<String> variables) throws BackendException {
		return new MatrixOptions(new MacroOptions(options, TABLE, variables)::get);
	}

	public boolean allPlanes() {
		return words.value("stack").equals(Options.ALL_PLANES);
	}

	/** What Python reads, as it was written. */
	public Map<String, String> forPython() {
		return words.without(OWN);
	}

	/** The keys and values that a macro replays this with, without those that have their defaults. */
	public Map<String, String> recorded() {
		final Map<String, String> recorded = words.recorded();
		if (region.equals(Options.ROI_FILE)) recorded.remove("region");
		return recorded;
	}

	private static List<String> names(final String text) {
		final List<String> names = new ArrayList<>();
		for (final String name : text == null ? new String[0] : text.split("\\|"))
			if (!name.trim().isEmpty()) names.add(name);
		return Collections.unmodifiableList(names);
	}
}
