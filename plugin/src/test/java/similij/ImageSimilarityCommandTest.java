// SPDX-License-Identifier: BSD-2-Clause
package similij;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import similij.options.OptionTable;
import similij.options.Options;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.scijava.Context;
import org.scijava.command.CommandService;
import org.scijava.module.Module;
import org.scijava.module.ModuleItem;
import org.scijava.module.ModuleService;

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
				"channels", "against", "color", "rescale", "background", "blur", "metrics", "dataRange", "verdict", "pictures", "window",
				"save"), names);
			final OptionTable table = Options.TABLE;
			assertEquals(table.choices("stack"), module.getInfo().getInput("stack").getChoices());
			assertEquals(table.choices("against"), module.getInfo().getInput("against").getChoices());
			assertEquals(table.choices("rescale"), module.getInfo().getInput("rescale").getChoices());
			final List<Object> regions = new ArrayList<>(module.getInfo().getInput("region").getChoices());
			// Nothing chosen, which SciJava has no word for.
			assertNull(regions.remove(0));
			assertEquals(table.choices("region"), regions);
			assertEquals(boolean.class, module.getInfo().getInput("verdict").getType());
			final List<String> outputs = new ArrayList<>();
			module.getInfo().outputs().forEach(output -> outputs.add(output.getName()));
			assertEquals(Arrays.asList("pearson", "rmsd", "meanDifference", "n", "words", "note"), outputs);
		}
	}
}
