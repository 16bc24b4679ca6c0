// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.images.OpenImages;
import similij.options.MatrixOptions;
import similij.ui.Rows;
import similij.wire.BackendException;

import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.measure.ResultsTable;
import ij.process.ByteProcessor;
import ij.process.ColorProcessor;
import ij.process.ImageProcessor;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** <i>Image Similarity Matrix...</i>: its options, and what Python is sent. */
class MatrixTest {

	private final FakeBackend python = new FakeBackend();

	@AfterEach
	void clean() {
		IJ.resetEscape();
		ResultsTable.getResultsTable().reset();
	}

	private static MatrixOptions parse(final String options) throws BackendException {
		return MatrixOptions.parse(options, name -> null);
	}

	private static void assertRefused(final String options, final String... words) {
		final String sentence = assertThrows(BackendException.class, () -> parse(options)).getMessage();
		for (final String word : words)
			assertTrue(sentence.contains(word), sentence);
	}

	private static ImagePlus gray(final String title, final int... values) {
		final ImageStack stack = new ImageStack(2, 1);
		for (final int value : values)
			stack.addSlice(new ByteProcessor(2, 1, new byte[] { (byte) value, (byte) (value + 1) }));
		return new ImagePlus(title, stack);
	}

	private void run(final String options, final ImagePlus... images) throws BackendException {
		new MatrixRunner(python, parse(options), new OpenImages(Arrays.asList(images), images[0]), Rows.TABLE).run();
	}

	private List<Map<?, ?>> sent(final String key) {
		return python.messages.stream().filter(message -> message.get(key) instanceof Map).map(message -> (Map<?, ?>) message
			.get(key)).collect(Collectors.toList());
	}

	@Test
	void everyKeyHasADefault() throws BackendException {
		final MatrixOptions defaults = parse("");
		assertTrue(defaults.images.isEmpty());
		assertNull(defaults.folder);
		assertEquals("Current plane", defaults.words.value("stack"));
		assertEquals("Whole image", defaults.region);
		assertEquals("None", defaults.words.value("rescale"));
		assertNull(defaults.words.get("metrics"));
		assertNull(defaults.save);
		assertTrue(defaults.recorded().isEmpty());
	}

	@Test
	void whatContradictsItselfIsRefused() {
		assertRefused("images=[a|b] folder=[c]", "images and folder");
		assertRefused("region=[ROI file]", "roi_file");
		assertRefused("region=Selection roi_file=[a.roi]", "roi_file", "Selection");
		assertRefused("stack=[Each plane]", "stack", "All planes");
		assertRefused("image_1=[a]", "image_1", "images, folder");
	}

	@Test
	void aRecordedMacroReadsAsTheDialogDid() throws BackendException {
		final String line = "images=[a 1|b, 2] stack=[All planes] roi_file=[c.zip] rescale=Zscore metrics=[pearson, bias] save=[d e]";
		final StringBuilder recorded = new StringBuilder();
		parse(line).recorded().forEach((key, value) -> recorded.append(key).append('=').append(value).append(' '));
		final MatrixOptions again = parse(recorded.toString());
		assertEquals(Arrays.asList("a 1", "b, 2"), again.images);
		assertEquals("ROI file", again.region);
		assertEquals(parse(line).recorded(), again.recorded());
	}

	@Test
	void allGrayImagesAreSentPlaneByPlane() throws BackendException {
		final ImagePlus color = new ImagePlus("rgb", (ImageProcessor) new ColorProcessor(2, 1));
		run("stack=[All planes] rescale=Percentile", gray("one", 1, 5), color, gray("two", 7));
		assertEquals(Arrays.asList("one", "two"), sent("image").stream().map(about -> about.get("name")).collect(Collectors
			.toList()));
		assertEquals(Arrays.asList(2, 1), sent("image").stream().map(about -> about.get("planes")).collect(Collectors
			.toList()));
		assertEquals("{rescale=Percentile}", sent("request").get(0).get("options").toString());
		assertEquals(3, python.planes1.size());
		assertArrayEquals(new byte[] { 1, 2 }, Arrays.copyOf(python.planes1.get(0), 2));
		assertArrayEquals(new byte[] { 5, 6 }, Arrays.copyOf(python.planes1.get(1), 2));
		assertArrayEquals(new byte[] { 7, 8 }, Arrays.copyOf(python.planes1.get(2), 2));
		assertEquals(0.5, ResultsTable.getResultsTable().getValue("Pearson R", 0));
	}

	private List<byte[]> planesOfBytes() {
		return python.planes1.stream().map(plane -> Arrays.copyOf(plane, 2)).collect(Collectors.toList());
	}

	private static ImagePlus colors(final String title, final int... values) {
		final ImageStack stack = new ImageStack(2, 1);
		for (final int value : values)
			stack.addSlice(new ColorProcessor(2, 1, new int[] { value, value + 0x010101 }));
		return new ImagePlus(title, stack);
	}

	@Test
	void colorImagesAreSentAsItIsSaid() throws BackendException {
		final ImagePlus stack = colors("stack", 0x010203, 0x0a141e);
		stack.setSlice(2);
		run("color=Channels", stack, colors("one", 0x040506));
		assertEquals(Arrays.asList("RGB as channels", "RGB as channels"), sent("image").stream().map(about -> about.get(
			"type")).collect(Collectors.toList()));
		assertEquals(Arrays.asList(3, 3), sent("image").stream().map(about -> about.get("planes")).collect(Collectors.toList()));
		final int[] shown = { 10, 20, 30, 4, 5, 6 };
		for (int k = 0; k < shown.length; k++)
			assertArrayEquals(new byte[] { (byte) shown[k], (byte) (shown[k] + 1) }, planesOfBytes().get(k));
		assertEquals(2, stack.getCurrentSlice());
		python.messages.clear();
		python.planes1.clear();
		run("color=Channels stack=[All planes]", stack, stack);
		assertEquals(12, python.planes1.size());
		for (int k = 0; k < 3; k++)
			assertArrayEquals(new byte[] { (byte) (k + 1), (byte) (k + 2) }, planesOfBytes().get(k));
		python.messages.clear();
		python.planes1.clear();
		run("color=Luminance", stack, gray("gray", 7));
		assertEquals(Arrays.asList("RGB as luminance", "8-bit"), sent("image").stream().map(about -> about.get("type")).collect(
			Collectors.toList()));
		// 0.299 * 10 + 0.587 * 20 + 0.114 * 30 is 18.15.
		assertArrayEquals(new byte[] { 18, 19 }, planesOfBytes().get(0));
	}

	@Test
	void namesChooseAndOneIsTooFew() throws BackendException {
		run("images=[two|one]", gray("one", 1), gray("two", 7), gray("three", 9));
		assertArrayEquals(new byte[] { 7, 8 }, Arrays.copyOf(python.planes1.get(0), 2));
		assertTrue(assertThrows(BackendException.class, () -> run("", gray("one", 1))).getMessage().contains("two or more"));
		assertTrue(assertThrows(BackendException.class, () -> run("images=[none|one]", gray("one", 1))).getMessage().contains(
			"\"none\" (images)"));
	}

	@Test
	void selectionIsNeededWhereItIsAskedFor() {
		assertTrue(assertThrows(BackendException.class, () -> run("region=Selection", gray("one", 1), gray("two", 2)))
			.getMessage().contains("has no selection"));
	}
}
