// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import similij.wire.BackendException;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What <i>Image Similarity of Two Folders...</i> can be told. Only the folders have no default. */
public final class FolderOptions {

	public static final String PAIR = "{id}__";
	public static final String ROIS = "_roi.zip";

	public final String folder1;
	public final String folder2;
	public final String pair;
	public final String rois;
	public final String rescale;
	/** A CSV file, or null. */
	public final String save;

	public FolderOptions(final String folder1, final String folder2, final String pair, final String rois, final String rescale,
		final String save) throws BackendException
	{
		this.folder1 = folder1;
		this.folder2 = folder2;
		this.pair = pair == null ? PAIR : pair;
		this.rois = rois == null ? ROIS : rois;
		this.rescale = MacroOptions.choice("rescale", Options.RESCALES, rescale);
		this.save = save == null || save.trim().isEmpty() ? null : save;
		if (folder1 == null || folder2 == null) throw new BackendException(
			"Two folders are needed: give folder_1=[path] and folder_2=[path].");
	}

	public static FolderOptions parse(final String options, final UnaryOperator<String> variables) throws BackendException {
		final MacroOptions given = new MacroOptions(options, OptionTable.FOLDERS, variables);
		return new FolderOptions(given.get("folder_1"), given.get("folder_2"), given.get("pair"), given.get("rois"), given
			.get("rescale"), given.get("save"));
	}

	/** The keys and values that a macro replays this with, without those that have their defaults. */
	public Map<String, String> recorded() {
		final Map<String, String> recorded = new LinkedHashMap<>();
		recorded.put("folder_1", "[" + folder1 + "]");
		recorded.put("folder_2", "[" + folder2 + "]");
		if (!pair.equals(PAIR)) recorded.put("pair", "[" + pair + "]");
		if (!rois.equals(ROIS)) recorded.put("rois", "[" + rois + "]");
		if (!rescale.equals(Options.RESCALES.get(0))) recorded.put("rescale", rescale);
		if (save != null) recorded.put("save", "[" + save + "]");
		return recorded;
	}
}
