// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import similij.wire.BackendException;
import similij.wire.Folders;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What <i>Image Similarity of Two Folders...</i> can be told. Only the first folder has no default. */
public final class FolderOptions {

	public static final OptionTable TABLE = OptionTable.FOLDERS;
	/** What is no option of how the files are paired and compared. */
	private static final List<String> PLACES = Arrays.asList("folder_1", "folder_2", "save");
	/** What a pair is not asked: how files are paired, what is in their folders, and what is made of all rows. */
	private static final List<String> OF_ALL = Arrays.asList("folder_1", "folder_2", "save", "pair", "rois", "labels",
		"mask", "inverse", "recursive", "plots", "report", "group", "summary");
	/** Where one of them is given, Python says which planes of a pair make which rows. */
	private static final List<String> OF_STACKS = Arrays.asList("per", "channels", "against");

	public final String folder1;
	/** Null: both images of each pair are in the first folder. */
	public final String folder2;
	/** A CSV file, or null. */
	public final String save;
	/** The background as a row. */
	public final boolean inverse;
	/** All that is given. */
	public final Words words;

	/** @param given the value of a key; null where it is not given */
	public FolderOptions(final UnaryOperator<String> given) throws BackendException {
		words = new Words(TABLE, given);
		folder1 = words.get("folder_1");
		folder2 = words.get("folder_2");
		save = words.get("save");
		inverse = words.has("inverse");
		if (folder1 == null) throw new BackendException(
			"Two folders are needed: give folder_1=[path] and folder_2=[path]; or folder_1=[path] alone, which then has both " +
				"images of each pair.");
	}

	public static FolderOptions parse(final String options, final UnaryOperator<String> variables) throws BackendException {
		return new FolderOptions(new MacroOptions(options, TABLE, variables)::get);
	}

	/** What is to be compared, for Python. */
	public Folders folders() {
		return new Folders(folder1, folder2, save, words.without(PLACES));
	}

	/** What is asked of a single pair, as it was written. */
	public Map<String, String> forPython() {
		return words.without(OF_ALL);
	}

	/** Whether Python has to say which planes of a pair make which rows. */
	public boolean needPlan() {
		return OF_STACKS.stream().anyMatch(words::has);
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
