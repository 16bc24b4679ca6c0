// SPDX-License-Identifier: BSD-2-Clause
package similij;

import ij.IJ;
import ij.ImagePlus;

import java.util.List;

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

	@Parameter(label = "Image 2")
	private ImagePlus image2;

	@Parameter(label = "Region", required = false, persist = false, choices = { Options.WHOLE_IMAGE, Options.SELECTION_1,
		Options.SELECTION_2, Options.BOTH_SELECTIONS })
	private String region = Options.WHOLE_IMAGE;

	@Parameter(label = "Stack", required = false, persist = false, choices = { Options.CURRENT_PLANE, Options.ALL_PLANES })
	private String stack = Options.CURRENT_PLANE;

	@Parameter(label = "Rescale", required = false, persist = false, choices = { "None", "Percentile" })
	private String rescale = "None";

	@Parameter(type = ItemIO.OUTPUT, label = "Pearson R")
	private double pearson = Double.NaN;

	@Parameter(type = ItemIO.OUTPUT, label = "RMSD")
	private double rmsd = Double.NaN;

	@Parameter(type = ItemIO.OUTPUT, label = "Mean Difference")
	private double meanDifference = Double.NaN;

	@Parameter(type = ItemIO.OUTPUT, label = "n")
	private long n;

	@Parameter(type = ItemIO.OUTPUT, label = "Note")
	private String note = "";

	@Override
	public void run() {
		IJ.setProperty(Report.LAST_ERROR, null);
		IJ.resetEscape();
		try {
			final Options options = new Options(null, null, region, null, stack, rescale);
			final List<Row> rows = Image_Similarity.compare(image1, image2, options);
			Rows.show(rows);
			final Row row = rows.get(0);
			pearson = row.number("pearson");
			rmsd = row.number("rmsd");
			meanDifference = row.number("mean_difference");
			n = (long) row.number("n");
			note = row.text("note");
		}
		catch (final BackendException e) {
			if (e.details() != null) System.err.println(e.details());
			IJ.setProperty(Report.LAST_ERROR, e.getMessage());
			throw new IllegalStateException(e.getMessage(), e);
		}
	}
}
