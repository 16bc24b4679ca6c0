// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.options.Options;
import similij.run.Similarity;
import similij.ui.Report;
import similij.ui.Rows;
import similij.wire.BackendException;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.scijava.ItemIO;
import org.scijava.command.Command;
import org.scijava.plugin.Parameter;
import org.scijava.plugin.Plugin;

/**
 * The same comparison for scripts, with typed inputs and outputs: {@code command.run(ImageSimilarityCommand.class, ...)}.
 * It has no menu path, because {@link Image_Similarity} is in the menu already. A comparison that cannot be made throws
 * with the sentence that the menu command would show. Where there are several rows, the outputs are those of the first.
 */
@Plugin(type = Command.class, label = "Image Similarity")
public class ImageSimilarityCommand implements Command {

	@Parameter(label = "Image 1")
	private ImagePlus image1;

	/** May be left out where channels or against compares image 1 with itself. */
	@Parameter(label = "Image 2", required = false)
	private ImagePlus image2;

	/** Default: the whole image; what roiFile or labels says. */
	@Parameter(label = "Region", required = false, persist = false, choices = { "", Options.WHOLE_IMAGE,
		Options.SELECTION_1, Options.SELECTION_2, Options.BOTH_SELECTIONS, Options.ROI_FILE, Options.ROI_MANAGER,
		Options.OVERLAY, Options.LABEL_IMAGE })
	private String region = "";

	@Parameter(label = "ROI file", required = false, persist = false)
	private String roiFile = "";

	/** The title or the ID of an open image, or a path; so the next one. */
	@Parameter(label = "Label image", required = false, persist = false)
	private String labels = "";

	@Parameter(label = "Mask", required = false, persist = false)
	private String mask = "";

	@Parameter(label = "Background as a row", required = false, persist = false)
	private boolean inverse = false;

	@Parameter(label = "Stack", required = false, persist = false, choices = { Options.CURRENT_PLANE,
		Options.EACH_PLANE, Options.ALL_PLANES })
	private String stack = Options.CURRENT_PLANE;

	@Parameter(label = "Per", required = false, persist = false)
	private String per = "";

	@Parameter(label = "Channels", required = false, persist = false)
	private String channels = "";

	@Parameter(label = "Against", required = false, persist = false, choices = { Options.IMAGE_2, "first frame",
		"previous frame" })
	private String against = Options.IMAGE_2;

	@Parameter(label = "Rescale", required = false, persist = false, choices = { "None", "Percentile",
		"Zscore", "Linear" })
	private String rescale = "None";

	@Parameter(label = "Subtract background", required = false, persist = false)
	private String background = "";

	@Parameter(label = "Blur (sigma, px)", required = false, persist = false)
	private String blur = "";

	@Parameter(label = "Metrics", required = false, persist = false)
	private String metrics = "";

	@Parameter(label = "Data range", required = false, persist = false)
	private String dataRange = "";

	@Parameter(label = "Verdict in words", required = false, persist = false)
	private boolean verdict = false;

	@Parameter(label = "Pictures", required = false, persist = false)
	private String pictures = "";

	@Parameter(label = "Window of local maps", required = false, persist = false)
	private String window = "";

	@Parameter(label = "Save to", required = false, persist = false)
	private String save = "";

	@Parameter(type = ItemIO.OUTPUT, label = "Pearson R")
	private double pearson = Double.NaN;

	@Parameter(type = ItemIO.OUTPUT, label = "RMSD")
	private double rmsd = Double.NaN;

	@Parameter(type = ItemIO.OUTPUT, label = "Mean Difference")
	private double meanDifference = Double.NaN;

	@Parameter(type = ItemIO.OUTPUT, label = "n")
	private long n;

	/** The paragraph of the first row, where it was asked for. */
	@Parameter(type = ItemIO.OUTPUT, label = "In words")
	private String words = "";

	@Parameter(type = ItemIO.OUTPUT, label = "Note")
	private String note = "";

	private Options options() throws BackendException {
		final Map<String, String> given = new HashMap<>();
		given.put("region", region);
		given.put("roi_file", roiFile.isEmpty() ? null : roiFile);
		given.put("labels", labels);
		given.put("mask", mask);
		given.put("inverse", Boolean.toString(inverse));
		given.put("background", background);
		given.put("blur", blur);
		given.put("metrics", metrics);
		given.put("data_range", dataRange);
		given.put("verdict", Boolean.toString(verdict));
		given.put("pictures", pictures);
		given.put("window", window);
		given.put("save", save);
		given.put("stack", stack);
		given.put("per", per);
		given.put("channels", channels);
		given.put("against", against);
		given.put("rescale", rescale);
		final Options options = new Options(given::get);
		if (second() == null && !options.withItself()) throw new BackendException(
			"image2 is missing: give a second image, channels=\"1:2\", or against=\"first frame\".");
		return options;
	}

	/** SciJava makes an empty image where none is given; that is no image to compare with. */
	private ImagePlus second() {
		return image2 == null || image2.getWidth() == 0 ? null : image2;
	}

	@Override
	public void run() {
		IJ.setProperty(Report.LAST_ERROR, null);
		IJ.resetEscape();
		try {
			final List<Row> rows = Similarity.compare(image1, second(), options(), Rows.TABLE);
			final Row row = rows.get(0);
			pearson = row.number("pearson");
			rmsd = row.number("rmsd");
			meanDifference = row.number("mean_difference");
			n = (long) row.number("n");
			note = row.text("note");
			words = row.text("verdict");
		}
		catch (final BackendException e) {
			if (e.details() != null) System.err.println(e.details());
			IJ.setProperty(Report.LAST_ERROR, e.getMessage());
			throw new IllegalStateException(e.getMessage(), e);
		}
	}
}
