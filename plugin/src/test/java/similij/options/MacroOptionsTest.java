// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.BackendException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import org.junit.jupiter.api.Test;

class MacroOptionsTest {

	private static final List<String> PICTURES = OptionTable.IMAGES.choices("pictures");

	private static Options parse(final String options) throws BackendException {
		return Options.parse(options, name -> name.equals("title") ? "from a variable" : null);
	}

	private static void assertRefused(final String options, final String... words) {
		final String sentence = assertThrows(BackendException.class, () -> parse(options)).getMessage();
		for (final String word : words)
			assertTrue(sentence.contains(word), sentence);
	}

	@Test
	void everyKeyHasADefault() throws BackendException {
		for (final String options : new String[] { null, "", "  " }) {
			final Options defaults = parse(options);
			assertNull(defaults.image1);
			assertNull(defaults.image2);
			assertEquals("Whole image", defaults.region);
			assertEquals("Current plane", defaults.words.value("stack"));
			assertEquals("None", defaults.words.value("rescale"));
		}
	}

	@Test
	void readsTheRecordedLine() throws BackendException {
		final Options options = parse(
			"image_1=[a b.tif] image_2=b.tif region=[Both selections] stack=[All planes] rescale=Percentile ");
		assertEquals("a b.tif", options.image1);
		assertEquals("b.tif", options.image2);
		assertEquals("Both selections", options.region);
		assertEquals("All planes", options.words.value("stack"));
		assertEquals("Percentile", options.words.value("rescale"));
	}

	@Test
	void titlesOfEveryKindArriveAsTheyAre() throws BackendException {
		for (final String title : Arrays.asList("a", "two words", "cells [1].tif", "cells [t=1] x=2.tif", "open [only",
			"close] only", "ends with ]", "[", "]", "[a]", "'quoted'", "it's", "say \"hi\"", "zellen ä µm 細胞.tif", "7", "-2",
			" blanks around ", "x=y", "a=[b", "rescale", "image", "tab\there", "a&b", "&unknown", "\\path\\x"))
		{
			for (final String other : Arrays.asList("b.tif", "open [only", "close] only", "[x] y]"))  {
				final Options options = parse("image_1=[" + title + "] image_2=[" + other + "] rescale=None");
				assertEquals(title, options.image1);
				assertEquals(other, options.image2);
				assertEquals("None", options.words.value("rescale"));
			}
		}
	}

	@Test
	void aKeyIsGivenOnce() throws BackendException {
		for (final OptionTable table : new OptionTable[] { OptionTable.IMAGES, OptionTable.FOLDERS, OptionTable.MATRIX }) {
			for (final String key : table.keys()) {
				assertTwice(table, key + "=[one] " + key.toUpperCase(Locale.ROOT) + "=two", key, "[one]", "[two]");
				assertTwice(table, key + "=[] " + key + "=[]", key);
			}
			for (final String flag : table.flags())
				assertTwice(table, flag + " " + flag, flag);
		}
		assertEquals("image_1=b", parse("image_1=[image_1=b] image_2=c").image1); // of a title, and no key
	}

	private static void assertTwice(final OptionTable table, final String options, final String... words) {
		final String sentence = assertThrows(BackendException.class, () -> new MacroOptions(options, table, name -> null))
			.getMessage();
		for (final String word : words)
			assertTrue(sentence.contains(word), sentence);
		assertTrue(sentence.contains("is given twice"), sentence);
		assertTrue(sentence.endsWith("Give it once."), sentence);
	}

	@Test
	void bareAndQuotedValuesMayHoldBlanks() throws BackendException {
		final Options options = parse("image_1=my cells.tif image_2='the other' region=whole IMAGE");
		assertEquals("my cells.tif", options.image1);
		assertEquals("the other", options.image2);
		assertEquals("Whole image", options.region);
	}

	@Test
	void variablesOfTheMacro() throws BackendException {
		final Options options = parse("image_1=&title image_2=&missing");
		assertEquals("from a variable", options.image1);
		assertEquals("&missing", options.image2);
	}

	@Test
	void anRoiFileIsARegion() throws BackendException {
		assertEquals("ROI file", parse("roi_file=[/a b/c.zip]").region);
		assertEquals("/a b/c.zip", parse("roi_file=[/a b/c.zip]").roiFile);
		assertEquals("ROI file", parse("roi_file=[/a b/c.zip] region=[ROI file]").region);
		assertRefused("roi_file=[/a b/c.zip] region=[Whole image]", "[/a b/c.zip]", "region=[Whole image]");
	}

	@Test
	void refusalsListWhatExists() {
		assertRefused("imgae_1=[a]", "\"imgae_1\"", 
			"image_1, image_2, region, roi_file, labels, mask, inverse, stack, per, channels, against, color, rescale, align, background, blur, metrics, data_range, thresholds, verdict, pictures, window, save");
		assertRefused("image_1=[a] foo=3", "\"foo\"");
		assertRefused("region=[Somewhere]", "Somewhere", "Selection of image 1", "ROI file");
		assertRefused("stack=x", "Current plane, Each plane, All planes");
		assertRefused("rescale=x", "None, Percentile, Zscore, Linear");
		assertRefused("slice", "\"slice\"", "key=[value]");
		assertRefused("image_1=[a", "\"[\"", "image_1=[value]");
	}

	@Test
	void whatIsRecordedReplays() throws BackendException {
		for (final String line : Arrays.asList(
			"image_1=[cells [1]] image_2=[-2] roi_file=[/a b.zip] inverse stack=[All planes] rescale=Percentile",
			"image_1=[a] image_2=[b] stack=[Each plane] per=[z, t] channels=[1:2, 1:3]",
			"image_1=[a] image_2=[b] region=[ROI Manager] mask=[m] pictures=[scatter, absolute] save=[/a b]",
			"image_1=[a] image_2=[b] rescale=Percentile verdict", "image_1=[a] image_2=[b] verdict pictures=[all]",
			"image_1=[a] image_2=[b] align=Shift background=[100,percentile:5] blur=[0,1.5]",
			"image_1=[a] image_2=[b] roi_file=[/a b.zip] background=[region:out of cells]",
			"image_1=[a] image_2=[b] labels=[cells [1]] metrics=[bias, ssim] data_range=[255] pictures=[all]", "image_1=[a] against=[first frame]"))
		{
			final StringBuilder recorded = new StringBuilder();
			parse(line).recorded().forEach((key, value) -> recorded.append(key).append(value.isEmpty() ? "" : "=").append(
				value).append(' '));
			assertEquals(line, recorded.toString().trim());
		}
	}

	@Test
	void whatIsDoneToImagesFirstIsForPythonToRead() throws BackendException {
		final Options options = parse("background=region:[bad] one, 7 blur= 1.5 rescale=None");
		assertEquals("region:[bad] one, 7", options.words.value("background"));
		assertEquals("1.5", options.words.value("blur"));
		assertNull(parse("background=[] blur=[ ]").words.get("background"));
		assertNull(parse("background=[] blur=[ ]").words.get("blur"));
	}

	@Test
	void theLineOfTheDefaultsIsShort() throws BackendException {
		assertEquals("{image_1=[a], image_2=[b]}", parse(
			"image_1=a image_2=b against=[IMAGE 2] per=[] channels=[ ] region=[Whole image] stack=[Current plane] " +
				"rescale=None pictures=none inverse=false").recorded().toString());
	}

	@Test
	void aCheckboxIsItsBareWord() throws BackendException {
		for (final String options : Arrays.asList("inverse roi_file=[a]", "roi_file=[a] inverse", "roi_file=a inverse",
			"roi_file='a' inverse rescale=None", "roi_file=a INVERSE rescale=None", "roi_file=[a] inverse=true"))
		{
			assertTrue(parse(options).inverse, options);
			assertEquals("a", parse(options).roiFile, options);
		}
		assertFalse(parse("roi_file=[a] inverse=false").inverse);
		assertEquals("an inverse cell", parse("image_1=an inverse cell image_2=b").image1);
		assertEquals("the inverse", parse("image_1=[the inverse] image_2=b").image1);
		assertRefused("roi_file=[a] inverse=perhaps", "perhaps", "true");
		assertRefused("inverse", "inverse", "Whole image");
	}

	@Test
	void labelsAreARegion() throws BackendException {
		assertEquals("Label image", parse("labels=[cells]").region);
		assertRefused("labels=[cells] region=[Overlay]", "labels=[cells]", "region=[Overlay]", "region=[Label image]");
		assertRefused("labels=[cells] roi_file=[a.zip]", "labels=[cells]", "region=[ROI file]");
		assertRefused("region=[Label image]", "labels=[...]");
		assertEquals("Whole image", parse("mask=[m]").region);
	}

	@Test
	void pictures() throws BackendException {
		assertEquals(PICTURES.subList(0, 6), parse("pictures=all").pictures);
		assertEquals("[all, shift]", parse("pictures=[shift, ALL]").recorded().get("pictures"));
		assertEquals("gaussian:3", parse("pictures=[all, local] window=gaussian:3").words.get("window"));
		assertEquals("[[7]]", "[" + parse("pictures=local window=7").recorded().get("window") + "]");
		assertRefused("pictures=all window=7", "window=[7]", "add local");
		assertEquals(Arrays.asList("scatter", "planes"), parse("pictures=[planes,Scatter]").pictures);
		assertTrue(parse("pictures=none").pictures.isEmpty());
		assertRefused("pictures=[scatter, pie]", "pie", "scatter, agreement, difference, absolute, planes, regions, local, shift");
	}

	@Test
	void wordsInTheCodeAreThoseOfTheTable() {
		final List<String> regions = Arrays.asList(Options.WHOLE_IMAGE, Options.SELECTION_1, Options.SELECTION_2,
			Options.BOTH_SELECTIONS, Options.ROI_FILE, Options.ROI_MANAGER, Options.OVERLAY, Options.LABEL_IMAGE);
		assertEquals(Options.REGIONS, regions);
		assertTrue(OptionTable.IMAGES.choices("stack").contains(Options.ALL_PLANES));
		assertTrue(OptionTable.IMAGES.html().contains("<code>roi_file</code>"));
		assertTrue(OptionTable.FOLDERS.html().contains("&lt;image&gt;&lt;ending&gt;"));
	}

	@Test
	void whatJavaDoesNotActUponTravelsAsItWasWritten() throws BackendException {
		assertEquals("{per=z, t, against=previous, background=region:[bad], 7, verdict=true, pictures=all, shift}", parse(
			"image_1=[a] region=Overlay inverse per=[z, t] background=[region:[bad], 7] save=[x] verdict rescale=None " +
				"pictures=[shift, ALL] against=previous").forPython().toString());
		assertEquals("{rescale=Zscore}", FolderOptions.parse("folder_1=a folder_2=b pair=x{id} rescale=zscore", name -> null)
			.forPython().toString());
		assertEquals("{metrics=bias}", MatrixOptions.parse("metrics=bias region=Selection stack=[All planes]", name -> null)
			.forPython().toString());
	}

	@Test
	void pixelsOutsideOfTheRegionsAreNeededWhereTheTableSaysSo() throws BackendException {
		assertTrue(parse("background=5").needWholeImages());
		assertTrue(parse("blur=1").needWholeImages());
		assertTrue(parse("align=Shift").needWholeImages());
		assertFalse(parse("align=None").needWholeImages());
		assertFalse(parse("rescale=Percentile metrics=ssim").needWholeImages());
	}

	@Test
	void theDialogHasEveryOption() {
		final List<String> shown = new ArrayList<>();
		for (final OptionTable.Part part : OptionTable.Part.values())
			shown.addAll(OptionTable.IMAGES.keys(part));
		assertEquals(Arrays.asList("image_1", "image_2", "region", "roi_file", "labels", "stack", "color", "channels", "pictures",
			"window", "verdict", "save", "rescale", "per", "against", "mask", "inverse", "align", "background", "blur", "metrics",
			"data_range", "thresholds"), shown);
		assertEquals(OptionTable.IMAGES.keys().size(), shown.size());
	}

	@Test
	void whenPythonPlansAndWhenAnImageIsComparedWithItself() throws BackendException {
		assertFalse(parse("image_1=a").needsPlan());
		assertFalse(parse("image_1=a against=[image 2]").withItself());
		for (final String options : Arrays.asList("stack=[Each plane]", "stack=[All planes]", "per=z"))
			assertTrue(parse(options).needsPlan() && !parse(options).withItself(), options);
		for (final String options : Arrays.asList("channels=1:2", "against=[first frame]", "against=previous")) {
			assertTrue(parse(options).needsPlan() && parse(options).withItself(), options);
			assertFalse(parse(options + " image_2=b").withItself(), options);
		}
	}

	@Test
	void folders() throws BackendException {
		final FolderOptions options = FolderOptions.parse("folder_1=[/a b/] folder_2=/c pair=[{id}-] save=[]", name -> null);
		assertEquals("/a b/", options.folder1);
		assertEquals("/c", options.folder2);
		assertEquals("{id}-", options.words.get("pair"));
		assertEquals("_roi.zip", options.words.value("rois"));
		assertEquals("None", options.words.value("rescale"));
		assertNull(options.save);
		assertEquals("{folder_1=[/a b/], folder_2=[/c], pair=[{id}-]}", options.recorded().toString());
		assertThrows(BackendException.class, () -> FolderOptions.parse("folder_2=[/a]", name -> null));
		final FolderOptions one = FolderOptions.parse("folder_1=[/a] recursive labels=[/l/]", name -> null);
		assertNull(one.folder2);
		assertEquals("{folder_1=[/a], labels=[/l/], recursive=}", one.recorded().toString());
		assertEquals("{}", one.forPython().toString());
		assertFalse(one.needPlan());
		assertTrue(FolderOptions.parse("folder_1=a channels=1:2", name -> null).needPlan());
		final FolderOptions colors = FolderOptions.parse("folder_1=a folder_2=b color=channels", name -> null);
		assertEquals("{color=Channels}", colors.forPython().toString());
		assertEquals("{folder_1=[a], folder_2=[b], color=Channels}", colors.recorded().toString());
		assertThrows(BackendException.class, () -> FolderOptions.parse("folder_1=a folder_2=b color=red", name -> null));
	}
}
