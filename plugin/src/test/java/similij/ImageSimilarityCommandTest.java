// SPDX-License-Identifier: BSD-2-Clause
package similij;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.options.OptionTable;
import similij.options.Options;
import similij.wire.BackendException;

import ij.IJ;
import ij.ImagePlus;
import ij.process.ByteProcessor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.scijava.Context;
import org.scijava.command.CommandService;
import org.scijava.convert.AbstractConverter;
import org.scijava.convert.ConvertService;
import org.scijava.convert.Converter;
import org.scijava.module.Module;
import org.scijava.module.ModuleItem;
import org.scijava.module.ModuleService;
import org.scijava.object.ObjectService;
import org.scijava.plugin.PluginInfo;
import org.scijava.plugin.PluginService;
import org.scijava.thread.ThreadService;
import org.scijava.widget.DefaultWidgetModel;
import org.scijava.widget.WidgetService;

/** The inputs of the SciJava command are those of the table of options. */
class ImageSimilarityCommandTest {

	@Test
	void itsInputsAreTheImagesAndTheTable() {
		try (Context context = new Context(CommandService.class, ModuleService.class)) {
			final CommandService commands = context.service(CommandService.class);
			final Module module = context.service(ModuleService.class).createModule(commands.getCommand(
				ImageSimilarityCommand.class));
			final List<String> names = new ArrayList<>();
			for (final ModuleItem<?> input : module.getInfo().inputs())
				if (!input.getType().getName().startsWith("org.scijava")) names.add(input.getName());
			assertEquals(Arrays.asList("image1", "image2", "region", "roiFile", "labels", "mask", "inverse", "stack", "per",
				"channels", "against", "color", "rescale", "align", "background", "blur", "metrics", "dataRange", "thresholds", "verdict", "pictures", "window",
				"save"), names);
			final OptionTable table = Options.TABLE;
			assertEquals(table.choices("stack"), module.getInfo().getInput("stack").getChoices());
			assertEquals(table.choices("against"), module.getInfo().getInput("against").getChoices());
			assertEquals(table.choices("rescale"), module.getInfo().getInput("rescale").getChoices());
			final List<Object> regions = new ArrayList<>(module.getInfo().getInput("region").getChoices());
			assertEquals("Automatic", regions.remove(0));
			assertEquals(table.choices("region"), regions);
			assertEquals(boolean.class, module.getInfo().getInput("verdict").getType());
			final List<String> outputs = new ArrayList<>();
			module.getInfo().outputs().forEach(output -> outputs.add(output.getName()));
			assertEquals(Arrays.asList("pearson", "rmsd", "meanDifference", "n", "words", "note"), outputs);
		}
	}

	/** What a harvester of inputs asks of each of them before it shows a dialog. */
	@Test
	void aDialogCanBeMadeOfItsInputs() throws Exception {
		try (Context context = new Context(CommandService.class, ModuleService.class, WidgetService.class, ObjectService.class,
			ConvertService.class, ThreadService.class))
		{
			final Module module = context.service(ModuleService.class).createModule(context.service(CommandService.class).getCommand(
				ImageSimilarityCommand.class));
			int choices = 0;
			for (final ModuleItem<?> input : module.getInfo().inputs()) {
				final DefaultWidgetModel model = new DefaultWidgetModel(context, null, module, input, Collections.emptyList());
				final String[] words = model.getChoices();
				if (words == null || words.length == 0) continue;
				choices++;
				assertTrue(Stream.of(words).noneMatch(String::isEmpty), input.getName());
				assertTrue(Arrays.asList(words).contains(String.valueOf(model.getValue())), input.getName());
			}
			assertEquals(6, choices);
		}
	}

	/** The search bar lists modules that are visible and have a label or a menu path; ImageJ's menu entry is one. */
	@Test
	void theSearchBarDoesNotFindItBesideTheMenuEntry() {
		try (Context context = new Context(CommandService.class, ModuleService.class)) {
			assertFalse(context.service(CommandService.class).getCommand(ImageSimilarityCommand.class).isVisible());
		}
	}

	@Test
	void regionsByTheirOldNamesAndTheNewOne() {
		for (final String fitting : Arrays.asList("Automatic", "", null)) {
			final ImageSimilarityCommand command = new ImageSimilarityCommand();
			command.region = fitting;
			assertEquals(Options.WHOLE_IMAGE, parsed(command).region);
			command.roiFile = "a_roi.zip";
			assertEquals(Options.ROI_FILE, parsed(command).region);
		}
		final ImageSimilarityCommand command = new ImageSimilarityCommand();
		command.region = "selection of image 2";
		assertEquals(Options.SELECTION_2, parsed(command).region);
	}

	private static Options parsed(final ImageSimilarityCommand command) {
		try {
			return new Options(command.given()::get);
		}
		catch (final BackendException e) {
			throw new AssertionError(e);
		}
	}

	/** As ImageJ2 has a converter of its Dataset, which is not among the libraries of this build. */
	@Test
	void aDatasetArrivesAsTheImageThatItIsConvertedTo() throws Exception {
		final List<Object> sent = new ArrayList<>();
		IJ.setProperty("similij.backend", (Function<Object, Object>) message -> {
			sent.add(message);
			return "hello".equals(((Map<?, ?>) message).get("op")) ? Collections.singletonMap("error", "as the test wants it")
				: null;
		});
		try (Context context = new Context(CommandService.class, ModuleService.class, ConvertService.class)) {
			context.service(PluginService.class).addPlugin(new PluginInfo<>(DatasetConverter.class.getName(), Converter.class));
			final ImagePlus image = new ImagePlus("cells", new ByteProcessor(4, 3));
			final Module module = context.service(ModuleService.class).createModule(context.service(CommandService.class).getCommand(
				ImageSimilarityCommand.class));
			final Map<String, Object> inputs = new HashMap<>();
			inputs.put("image1", new Dataset(image));
			inputs.put("image2", image);
			assertThrows(ExecutionException.class, () -> context.service(ModuleService.class).run(module, false, inputs).get());
			assertSame(image, module.getInput("image1"));
			assertEquals("as the test wants it", IJ.getProperty("similij.error"));
			assertEquals(1, sent.size());
		}
		finally {
			IJ.setProperty("similij.backend", null);
		}
	}

	@Test
	void noImageIsASentence() {
		final ImageSimilarityCommand command = new ImageSimilarityCommand();
		assertTrue(assertThrows(IllegalStateException.class, command::run).getMessage().startsWith("image1 is missing"));
	}

	/** In place of ImageJ2's. */
	public static final class Dataset {

		private final ImagePlus image;

		private Dataset(final ImagePlus image) {
			this.image = image;
		}
	}

	/** In place of ImageJ2's. */
	public static final class DatasetConverter extends AbstractConverter<Dataset, ImagePlus> {

		@Override
		public <T> T convert(final Object dataset, final Class<T> type) {
			return type.cast(((Dataset) dataset).image);
		}

		@Override
		public Class<ImagePlus> getOutputType() {
			return ImagePlus.class;
		}

		@Override
		public Class<Dataset> getInputType() {
			return Dataset.class;
		}
	}
}
