// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.images.Region;
import similij.wire.BackendException;
import similij.wire.Row;

import ij.CompositeImage;
import ij.ImagePlus;
import ij.ImageStack;
import ij.VirtualStack;
import ij.gui.Line;
import ij.gui.OvalRoi;
import ij.gui.Roi;
import ij.measure.Calibration;
import ij.process.ByteProcessor;
import ij.process.ColorProcessor;
import ij.process.FloatProcessor;
import ij.process.ImageProcessor;
import ij.process.ShortProcessor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

class RunnerTest {

	private final FakeBackend python = new FakeBackend();
	private final List<Row> shown = new ArrayList<>();

	private List<Row> run(final ImagePlus a, final ImagePlus b, final String options) throws BackendException {
		return FakeBackend.runner(python, a, b, options, shown::addAll).run();
	}

	/** The way of two folders: all planes, and nobody asks for a plan. */
	private Map<?, ?> allPlanes(final ImagePlus a, final ImagePlus b) throws BackendException {
		new Runner(python).run(new Comparison(a, b, a.getTitle(), b.getTitle(), new ArrayList<>(), true, FakeBackend.settings(null)));
		return python.request();
	}

	private static ImagePlus bytes(final String title, final int width, final int height, final int first) {
		final ByteProcessor pixels = new ByteProcessor(width, height);
		for (int i = 0; i < width * height; i++)
			pixels.set(i, first + i);
		return new ImagePlus(title, pixels);
	}

	/** Planes of one pixel, whose value is their number. */
	private static ImagePlus planes(final String title, final int n) {
		final ImageStack stack = new ImageStack(1, 1);
		for (int i = 1; i <= n; i++)
			stack.addSlice(new ByteProcessor(1, 1, new byte[] { (byte) i }));
		return new ImagePlus(title, stack);
	}

	private static byte[] joined(final List<byte[]> planes) {
		final byte[] all = new byte[planes.size()];
		for (int i = 0; i < all.length; i++)
			all[i] = planes.get(i)[0];
		return all;
	}

	private Map<?, ?> request(final ImagePlus a, final ImagePlus b, final String options) throws BackendException {
		run(a, b, options);
		return python.request();
	}

	private static Map<?, ?> image(final Map<?, ?> request, final int which) {
		return (Map<?, ?>) request.get("image_" + which);
	}

	@Test
	void sendsBothPlanesAndReturnsTheRows() throws BackendException {
		final List<Row> rows = run(bytes("a", 3, 2, 1), bytes("b", 3, 2, 7), "rescale=Percentile");
		assertEquals(0.5, rows.get(0).number("pearson"));
		assertArrayEquals(new byte[] { 1, 2, 3, 4, 5, 6 }, python.planes1.get(0));
		assertArrayEquals(new byte[] { 7, 8, 9, 10, 11, 12 }, python.planes2.get(0));
		final Map<?, ?> request = python.request();
		assertEquals("a", image(request, 1).get("name"));
		assertEquals("8-bit", image(request, 1).get("type"));
		assertEquals(3, image(request, 1).get("width"));
		assertEquals(2, image(request, 2).get("height"));
		assertEquals("{rescale=Percentile}", request.get("options").toString());
		assertEquals("1", request.get("plane"));
		assertEquals(new ArrayList<>(), request.get("regions"));
		assertEquals(new ArrayList<>(), request.get("notes"));
		assertNull(python.messages.get(0).get("masks"));
	}

	@Test
	void theNextPlaneIsCopiedWhilePythonLooksAtOne() throws BackendException {
		python.slow = true;
		allPlanes(planes("a", 5), planes("b", 5));
		assertArrayEquals(new byte[] { 1, 2, 3, 4, 5 }, joined(python.planes1));
		final List<Object> buffers = new ArrayList<>();
		for (final Map<String, Object> message : python.messages)
			buffers.add(message.get("plane_1"));
		assertEquals(5, buffers.size());
		for (int k = 0; k < 3; k++) {
			assertSame(buffers.get(k), buffers.get(k + 2));
			assertNotSame(buffers.get(k), buffers.get(k + 1));
		}
	}

	@Test
	void aFailureInTheMiddleEndsTheRun() {
		python.failAt = 3;
		assertEquals("no more", assertThrows(BackendException.class, () -> allPlanes(planes("a", 9), planes("b", 9)))
			.getMessage());
		assertTrue(python.planes1.size() <= 4);
		assertEquals("cancel", python.messages.get(python.messages.size() - 1).get("op"));
	}

	@Test
	void onlyTheBoxTravelsAndMasksLieBehindEachOther() throws BackendException {
		final ImagePlus a = bytes("a", 10, 6, 0);
		final ImagePlus b = bytes("b", 10, 6, 100);
		final Roi oval = new OvalRoi(7, 4, 5, 4);
		a.setRoi(oval);
		run(a, b, "region=[Selection of image 1]");
		assertEquals("{x=7, y=4, width=3, height=2}", python.request().get("box").toString());
		assertArrayEquals(new byte[] { 47, 48, 49, 57, 58, 59 }, python.planes1.get(0));
		assertArrayEquals((byte[]) oval.getMask().getPixels(), python.masks);
		final Map<?, ?> region = (Map<?, ?>) ((List<?>) python.request().get("regions")).get(0);
		assertEquals(0L, region.get("mask"));
		assertEquals(5, ((Map<?, ?>) region.get("box")).get("width"));
		assertEquals(true, region.get("area"));
	}

	@Test
	void theBoxCoversAllRegionsWithAnArea() throws BackendException {
		final ImagePlus a = bytes("a", 10, 6, 0);
		final List<Region> regions = Arrays.asList(Region.of(new OvalRoi(1, 1, 2, 2), "p"), Region.of(new Line(0, 0, 9, 5),
			"line"), Region.of(new OvalRoi(5, 2, 3, 3), "q"), Region.of(new Roi(50, 50, 2, 2), "far"));
		new Runner(python).run(new Comparison(a, a, "a", "a", regions, false, FakeBackend.settings("/x.csv")));
		assertEquals("{x=1, y=1, width=7, height=4}", python.request().get("box").toString());
		final List<?> sent = (List<?>) python.request().get("regions");
		assertEquals(0L, ((Map<?, ?>) sent.get(0)).get("mask"));
		assertNull(((Map<?, ?>) sent.get(1)).get("mask"));
		assertEquals(4L, ((Map<?, ?>) sent.get(2)).get("mask"));
		assertNull(((Map<?, ?>) sent.get(3)).get("mask"));
		assertEquals(4 + 9, python.masks.length);
		assertEquals("/x.csv", python.request().get("save"));
	}

	@Test
	void pythonJudgesWhatCannotBeCompared() throws BackendException {
		final ImagePlus gray = bytes("gray", 3, 2, 0);
		final List<ImagePlus> others = Arrays.asList(bytes("wide", 4, 2, 0), new ImagePlus("color", new ColorProcessor(3,
			2)));
		for (final ImagePlus other : others) {
			python.messages.clear();
			run(gray, other, "");
			assertEquals(1, python.messages.size());
			assertEquals(true, python.messages.get(0).get("end"));
			assertFalse(python.messages.get(0).containsKey("plane_1"));
		}
		assertEquals("RGB", image(python.request(), 2).get("type"));
	}

	@Test
	void anEmptyBoxSendsNoPlanes() throws BackendException {
		final ImagePlus a = bytes("a", 3, 2, 0);
		a.setRoi(new Line(0, 0, 2, 1));
		run(a, a, "region=[Selection of image 1]");
		assertEquals(true, python.messages.get(0).get("end"));
		assertTrue(python.planes1.isEmpty());
	}

	@Test
	void anErrorOfPythonIsTheSentence() {
		python.error = new HashMap<>();
		python.error.put("error", "they differ");
		python.error.put("traceback", "Traceback ...");
		final BackendException e = assertThrows(BackendException.class, () -> run(bytes("a", 1, 1, 0), bytes("b", 1, 1, 0),
			""));
		assertEquals("they differ", e.getMessage());
		assertEquals("Traceback ...", e.details());
		assertEquals("cancel", python.messages.get(python.messages.size() - 1).get("op"));
	}

	@Test
	void allPlanesInOrderAndOnceMoreWhenAsked() throws BackendException {
		python.passes = 2;
		allPlanes(planes("a", 3), planes("b", 3));
		assertArrayEquals(new byte[] { 1, 2, 3, 1, 2, 3 }, joined(python.planes1));
		assertEquals("all 3", python.request().get("plane"));
		assertEquals(6, python.messages.size());
		assertFalse(python.messages.get(3).containsKey("request"));
	}

	@Test
	void theCurrentPlaneOfEachStaysCurrent() throws BackendException {
		final ImagePlus a = planes("a", 5);
		a.setSlice(4);
		final Map<?, ?> request = request(a, planes("b", 2), "");
		assertEquals("4 / 1", request.get("plane"));
		assertEquals(1, image(request, 1).get("planes"));
		assertArrayEquals(new byte[] { 4 }, joined(python.planes1));
		assertEquals(4, a.getCurrentSlice());
	}

	@Test
	void stacksOfDifferentDepth() throws BackendException {
		final Map<?, ?> request = allPlanes(planes("a", 5), planes("b", 4));
		assertEquals(5, image(request, 1).get("planes"));
		assertEquals(4, image(request, 2).get("planes"));
		assertTrue(python.planes1.isEmpty());
	}

	@Test
	void ofACompositeImageTheCurrentChannel() throws BackendException {
		final ImagePlus a = planes("a", 12);
		a.setDimensions(2, 3, 2);
		final ImagePlus composite = new CompositeImage(a, CompositeImage.COMPOSITE);
		composite.setPosition(2, 3, 1);
		final Map<?, ?> all = allPlanes(composite, composite);
		assertArrayEquals(new byte[] { 2, 4, 6, 8, 10, 12 }, joined(python.planes1));
		assertEquals("all 6", all.get("plane"));
		assertTrue(all.get("notes").toString().contains("channel 2"), all.get("notes").toString());
		python.messages.clear();
		python.planes1.clear();
		assertEquals("c2 z3 t1", request(composite, composite, "").get("plane"));
		assertArrayEquals(new byte[] { 6 }, joined(python.planes1));
	}

	@Test
	void notesOfWhatOnlyImageJKnows() throws BackendException {
		final ImagePlus od = bytes("od", 2, 2, 0);
		od.getCalibration().setFunction(Calibration.UNCALIBRATED_OD, null, "Uncalibrated OD");
		final ImagePlus signed = new ImagePlus("signed", new ShortProcessor(2, 2));
		signed.getCalibration().setSigned16BitCalibration();
		final String notes = request(od, signed, "").get("notes").toString();
		assertTrue(notes.contains("\"od\" has a calibration function (Uncalibrated OD): raw pixel values were compared"),
			notes);
		assertFalse(notes.contains("signed"), notes);
		assertEquals("signed 16-bit", image(request(od, signed, ""), 2).get("type"));
	}

	/** Counts which planes are read, and makes each anew, as a virtual stack does. */
	private static final class CountingStack extends VirtualStack {

		private final List<Integer> read = new ArrayList<>();
		private final int oddPlane;

		CountingStack(final int planes, final int oddPlane) {
			super(2, 3, null, "");
			this.oddPlane = oddPlane;
			for (int i = 0; i < planes; i++)
				addSlice("plane" + i);
			setBitDepth(32);
		}

		@Override
		public ImageProcessor getProcessor(final int n) {
			read.add(n);
			return n == oddPlane ? new ByteProcessor(2, 3) : new FloatProcessor(2, 3);
		}
	}

	@Test
	void aVirtualStackIsReadPlaneByPlaneAndOnce() throws BackendException {
		final CountingStack stack = new CountingStack(6, 0);
		final ImagePlus image = new ImagePlus("virtual", stack);
		stack.read.clear();
		allPlanes(image, new ImagePlus("other", new CountingStack(6, 0)));
		assertEquals(Arrays.asList(1, 2, 3, 4, 5, 6), stack.read);
	}

	@Test
	void aPlaneOfAnotherTypeIsNamed() {
		final ImagePlus image = new ImagePlus("mixed", new CountingStack(3, 2));
		final BackendException e = assertThrows(BackendException.class, () -> allPlanes(image, image));
		assertTrue(e.getMessage().startsWith("Plane 2 of \"mixed\" holds byte[]"), e.getMessage());
	}

	@Test
	void anImageThatWasClosedMeanwhile() throws BackendException {
		final ImagePlus single = bytes("single", 2, 2, 0);
		final ImagePlus stack = planes("stack", 4);
		final Comparison first = new Comparison(single, bytes("b", 2, 2, 0), "single", "b", new ArrayList<>(), false, FakeBackend.settings(
			null));
		final Comparison second = new Comparison(stack, planes("b", 4), "stack", "b", new ArrayList<>(), true, FakeBackend.settings(null));
		single.flush();
		stack.flush();
		for (final Comparison closed : Arrays.asList(first, second)) {
			final String sentence = assertThrows(BackendException.class, () -> new Runner(python).run(closed)).getMessage();
			assertTrue(sentence.contains("was closed before it could be compared"), sentence);
		}
	}
}
