// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.options.OptionTable;
import similij.options.Options;
import similij.python.Backends;
import similij.run.Similarity;
import similij.ui.Report;
import similij.ui.Rows;
import similij.wire.BackendException;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.scijava.ItemIO;
import org.scijava.command.Command;
import org.scijava.command.DynamicCommand;
import org.scijava.command.DynamicCommandInfo;
import org.scijava.module.DefaultMutableModuleItem;
import org.scijava.module.MutableModuleItem;
import org.scijava.plugin.Parameter;
import org.scijava.plugin.Plugin;

/**
 * The same comparison for scripts, with typed inputs and outputs: {@code command.run(ImageSimilarityCommand.class, ...)}.
 * It has no menu path, because {@link Image_Similarity} is in the menu already. A comparison that cannot be made throws
 * with the sentence that the menu command would show. Where there are several rows, the outputs are those of the first.
 * <p>
 * Beside the two images its inputs are those of the table of options, so that an option is added there and not here. They
 * are added as soon as anybody asks for the inputs: an initializer would be too late, since a script's values are assigned
 * before it runs.
 * </p>
 */
@Plugin(type = Command.class, label = "Image Similarity")
public class ImageSimilarityCommand extends DynamicCommand {

	private static final List<String> IMAGES = Arrays.asList("image_1", "image_2");

	@Parameter(label = "Image 1")
	private ImagePlus image1;

	/** May be left out where channels or against compares image 1 with itself. */
	@Parameter(label = "Image 2", required = false)
	private ImagePlus image2;

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

	/** Whether the inputs of the table are there. */
	private boolean complete;

	@Override
	public DynamicCommandInfo getInfo() {
		final DynamicCommandInfo info = super.getInfo();
		if (complete) return info;
		complete = true;
		for (final String key : Options.TABLE.keys())
			if (!IMAGES.contains(key)) info.addInput(input(key));
		return info;
	}

	private MutableModuleItem<?> input(final String key) {
		final OptionTable table = Options.TABLE;
		final boolean flag = table.kind(key).equals("flag");
		if (flag) return described(new DefaultMutableModuleItem<>(this, name(key), boolean.class), key, false);
		final MutableModuleItem<String> text = new DefaultMutableModuleItem<>(this, name(key), String.class);
		if (table.kind(key).equals("choice")) text.setChoices(choices(key));
		return described(text, key, text.getChoices() == null || text.getChoices().isEmpty() ? "" : text.getChoices().get(0));
	}

	/** Where no region is named, the other options say which is meant. */
	private static List<String> choices(final String key) {
		final List<String> choices = new ArrayList<>(Options.TABLE.choices(key));
		if (key.equals("region")) choices.add(0, "");
		return choices;
	}

	private static <T> MutableModuleItem<T> described(final MutableModuleItem<T> item, final String key,
		final T byDefault)
	{
		item.setLabel(Options.TABLE.label(key));
		item.setRequired(false);
		item.setPersisted(false);
		item.setDefaultValue(byDefault);
		return item;
	}

	/** The key as Java writes names: {@code data_range} is {@code dataRange}. */
	private static String name(final String key) {
		final StringBuilder name = new StringBuilder();
		for (final String word : key.split("_"))
			name.append(name.length() == 0 ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
		return name.toString();
	}

	private Options options() throws BackendException {
		final Map<String, String> given = new HashMap<>();
		for (final String key : Options.TABLE.keys()) {
			final Object value = IMAGES.contains(key) ? null : getInput(name(key));
			given.put(key, value == null ? null : value.toString());
		}
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
