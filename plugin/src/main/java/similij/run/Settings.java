// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.SideImage;
import similij.options.FolderOptions;
import similij.options.Options;
import similij.wire.Terms;

import java.util.LinkedHashMap;
import java.util.Map;

/** What is the same for all comparisons of one run of a command. */
public final class Settings {

	/** The words for Python, where rows go, and what they call the run. */
	final Terms terms;
	final boolean inverse;
	/** Null where there are none. */
	final SideImage labels;
	/** Null where there is none. */
	final SideImage mask;
	/** Whether Python draws the planes, and so needs them whole. */
	final boolean pictures;
	/** Whether an option is given that needs all pixels of the images. */
	private final boolean whole;

	private Settings(final Terms terms, final boolean inverse, final SideImage labels, final SideImage mask,
		final boolean pictures, final boolean whole)
	{
		this.terms = terms;
		this.inverse = inverse;
		this.labels = labels;
		this.mask = mask;
		this.pictures = pictures;
		this.whole = whole;
	}

	/**
	 * Of a pair of two folders: of all planes. Python writes the rows into the file of them all.
	 *
	 * @param rois the file of its regions, or null
	 */
	Settings(final FolderOptions options, final String rois, final SideImage labels, final SideImage mask) {
		this(new Terms(null, ofAllPlanes(options.forPython()), null, rois), options.inverse, labels, mask, false, options
			.needWholeImages());
	}

	/** @param save a CSV file, or null */
	Settings(final Options options, final String save, final SideImage labels, final SideImage mask) {
		this(new Terms(null, options.forPython(), save, options.roiFile), options.inverse, labels, mask, !options.pictures.isEmpty(), options
			.needWholeImages());
	}

	/** Two folders have no such option; Python, which may plan their planes, has to hear it. */
	private static Map<String, String> ofAllPlanes(final Map<String, String> words) {
		final Map<String, String> all = new LinkedHashMap<>(words);
		all.put("stack", Options.ALL_PLANES);
		return all;
	}

	/** The same, once Python has named the run. A name stays: pictures and rows of one run have the same. */
	Settings named(final String run) {
		if (terms.runId != null) return this;
		return new Settings(terms.named(run), inverse, labels, mask, pictures, whole);
	}

	/** For a region that is compared apart from the others, whose run has the background and the pictures. */
	Settings apart() {
		return new Settings(terms, false, labels, mask, false, whole);
	}

	/** Whether all pixels travel, and not only those that the regions cover. */
	boolean whole() {
		return inverse || labels != null || mask != null || pictures || whole;
	}
}
