// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import similij.wire.BackendException;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What <i>Image Similarity of Two Folders...</i> can be told. Only the folders have no default. */
public final class FolderOptions {

	public static final OptionTable TABLE = OptionTable.FOLDERS;
	/** How files are paired and where rows go; the rest is how each pair is compared. */
	private static final List<String> OWN = Arrays.asList("folder_1", "folder_2", "pair", "rois", "save");

	public final String folder1;
	public final String folder2;
	/** Null: as Python pairs by default. */
	public final String pair;
	/** Null: as Python looks for them by default. */
	public final String rois;
	/** A CSV file, or null. */
	public final String save;
	/** All that is given. */
	public final Words words;

	/** @param given the value of a key; null where it is not given */
	public FolderOptions(final UnaryOperator<String> given) throws BackendException {
		words = new Words(TABLE, given);
		folder1 = words.get("folder_1");
		folder2 = words.get("folder_2");
		pair = words.get("pair");
		rois = words.get("rois");
		save = words.get("save");
		if (folder1 == null || folder2 == null) throw new BackendException(
			"Two folders are needed: give folder_1=[path] and folder_2=[path].");
	}

	public static FolderOptions parse(final String options, final UnaryOperator<String> variables) throws BackendException {
		return new FolderOptions(new MacroOptions(options, TABLE, variables)::get);
	}

	/** What Python reads, as it was written. */
	public Map<String, String> forPython() {
		return words.without(OWN);
	}

	/** Whether all pixels of the images are needed, and not only those of the regions. */
	public boolean needWholeImages() {
		return words.needWholeImages();
	}

	/** The keys and values that a macro replays this with, without those that have their defaults. */
	public Map<String, String> recorded() {
		return words.recorded();
	}
}
