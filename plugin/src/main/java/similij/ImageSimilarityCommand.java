// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.options.Options;
import similij.python.Backends;
import similij.run.Similarity;
import similij.ui.Report;
import similij.ui.Rows;
import similij.wire.BackendException;
import similij.wire.Inert;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;

import java.util.List;
import java.util.Map;

import org.scijava.ItemIO;
import org.scijava.command.Command;
import org.scijava.plugin.Parameter;
import org.scijava.plugin.Plugin;

/**
 * The same comparison for scripts, with typed inputs and outputs: {@code command.run(ImageSimilarityCommand.class, ...)}.
 * It has no menu path, because {@link Image_Similarity} is in the menu already, and is not visible: the search bar lists
 * every visible module that has a label or a menu path, and so would find two commands of one name. A comparison that cannot
 * be made throws with the sentence that the menu command would show. Where there are several rows, the outputs are those of
 * the first.
 * </p>
 * <p>
 * The images are inputs of type ImagePlus, not Object: SciJava converts a Dataset, an ImgPlus or a display to it where
 * ImageJ2 is there, before {@code run} is called, and its dialog then lists the images that are open. Of inputs of type
 * Object it would list everything that anybody has registered.
 * </p>
 * <p>
 * Its inputs are those of the table of options: {@code OptionInputs} is written from it before this is compiled, so that
 * an option is added there and not here.
 * </p>
 */
@Plugin(type = Command.class, label = "Image Similarity", visible = false)
public class ImageSimilarityCommand extends OptionInputs implements Command {

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
		if (image1 == null) throw new BackendException(
			"image1 is missing: give an image (an ImagePlus, or a Dataset, which ImageJ2 makes one of).");
		final Map<String, String> given = given();
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
			final List<Row> rows = Similarity.compare(Backends::current, image1, second(), options(), Rows.TABLE);
			final Row row = rows.get(0);
			pearson = row.number("pearson");
			rmsd = row.number("rmsd");
			meanDifference = row.number("mean_difference");
			// Exact: a double holds whole numbers up to 2^53.
			n = (long) row.number("n");
			note = row.text("note");
			words = row.text("verdict");
		}
		catch (final BackendException e) {
			if (e.details() != null) System.err.println(Inert.lines(e.details()));
			IJ.setProperty(Report.LAST_ERROR, e.getMessage());
			throw new IllegalStateException(e.getMessage(), e);
		}
	}
}
