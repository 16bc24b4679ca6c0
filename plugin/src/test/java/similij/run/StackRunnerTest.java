// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.images.ImageFacts;
import similij.images.Position;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.gui.Overlay;
import ij.gui.Roi;
import ij.measure.Calibration;
import ij.process.ByteProcessor;
import ij.process.ImageProcessor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StackRunnerTest {

	private final FakeBackend python = new FakeBackend();
	private final List<Row> shown = new ArrayList<>();

	@AfterEach
	void noEscape() {
		IJ.resetEscape();
	}

	/** Planes of one pixel, whose value is their number. */
	private static ImagePlus image(final String title, final int c, final int z, final int t) {
		final ImageStack stack = new ImageStack(1, 1);
		for (int i = 1; i <= c * z * t; i++)
			stack.addSlice(new ByteProcessor(1, 1, new byte[] { (byte) i }));
		final ImagePlus image = new ImagePlus(title, stack);
		image.setDimensions(c, z, t);
		return image;
	}

	private List<Row> run(final ImagePlus a, final ImagePlus b, final String options) throws BackendException {
		return FakeBackend.runner(python, a, b, options, shown::addAll).run();
	}

	private List<Map<?, ?>> requests() {
		return python.messages.stream().filter(message -> message.containsKey("request")).map(message -> (Map<?, ?>) message
			.get("request")).collect(Collectors.toList());
	}

	private static byte[] joined(final List<byte[]> planes) {
		final byte[] all = new byte[planes.size()];
		for (int i = 0; i < all.length; i++)
			all[i] = planes.get(i)[0];
		return all;
	}

	@Test
	void theCurrentPlaneNeedsNoPlan() throws BackendException {
		run(image("a", 2, 3, 1), image("b", 2, 3, 1), "");
		assertEquals("compare", python.messages.get(0).get("op"));
		assertFalse(python.request().containsKey("place"));
		assertEquals(1, shown.size());
	}

	@Test
	void pythonIsToldWhatThereIs() throws BackendException {
		final ImagePlus a = image("a", 2, 3, 4);
		a.setPosition(2, 3, 1);
		a.getCalibration().frameInterval = 2;
		a.getCalibration().setTimeUnit("min");
		run(a, image("b", 1, 3, 4), "stack=[each plane] per=z,t channels=2:1");
		assertEquals("{op=plan, image_1=a, image_2=b, sizes_1={c=2, z=3, t=4}, sizes_2={c=1, z=3, t=4}, " +
			"current_1={c=2, z=3, t=1}, current_2={c=1, z=1, t=1}, stack=each plane, per=z,t, channels=2:1, " +
			"against=image 2, frame_s=120.0}", python.messages.get(0).toString());
	}

	@Test
	void anImageWithItself() throws BackendException {
		final ImagePlus a = image("a", 2, 1, 1);
		python.plan("c1:2", Collections.singletonMap("channel_1", 1), new int[] { 1, 2 });
		for (final ImagePlus second : new ImagePlus[] { null, a }) {
			python.messages.clear();
			python.planes2.clear();
			run(a, second, "channels=1:2");
			assertNull(python.messages.get(0).get("image_2"));
			assertNull(python.messages.get(0).get("sizes_2"));
			assertEquals("a", python.request().get("image_2"));
			assertArrayEquals(new byte[] { 2 }, joined(python.planes2));
		}
	}

	@Test
	void eachGroupIsAComparisonOfItsPlanes() throws BackendException {
		python.plan("z1", Collections.singletonMap("z", 1), new int[] { 1, 2 }, new int[] { 7, 8 });
		python.plan("z2", Collections.singletonMap("z", 2), new int[] { 3, 4 });
		final List<Row> rows = run(image("a", 2, 3, 2), image("b", 2, 3, 2), "per=z");
		assertEquals(2, rows.size());
		assertEquals(rows, shown);
		assertArrayEquals(new byte[] { 1, 7, 3 }, joined(python.planes1));
		assertArrayEquals(new byte[] { 2, 8, 4 }, joined(python.planes2));
		assertEquals("z1", requests().get(0).get("plane"));
		assertEquals("{z=1}", requests().get(0).get("place").toString());
		assertEquals("image 2", requests().get(0).get("against"));
		assertEquals(2, requests().get(0).get("planes_1"));
		assertEquals(1, requests().get(1).get("planes_2"));
		assertEquals("[of \"a\" channel 1 of 2, of \"b\" channel 2 of 2, planned]", requests().get(0).get("notes")
			.toString());
		assertEquals("[of \"a\" channel 1 of 2, frame 1 of 2, of \"b\" channel 2 of 2, frame 1 of 2, planned]", requests()
			.get(1).get("notes").toString());
	}

	@Test
	void oneGroupThatFailsLeavesTheOthers() throws BackendException {
		final ImagePlus a = image("a", 1, 3, 1);
		final ImageStack stack = new ImageStack(1, 1) {

			@Override
			public ImageProcessor getProcessor(final int n) {
				if (n == 2) throw new IllegalArgumentException("gone");
				return new ByteProcessor(1, 1);
			}
		};
		for (int i = 0; i < 3; i++)
			stack.addSlice(new ByteProcessor(1, 1));
		for (int z = 1; z <= 3; z++)
			python.plan("z" + z, Collections.singletonMap("z", z), new int[] { z, z });
		run(a, new ImagePlus("b", stack), "per=z");
		assertEquals(3, shown.size());
		assertTrue(shown.get(1).text("error").startsWith("Plane 2 of \"b\" could not be read"), shown.get(1).text("error"));
		assertEquals("z2", shown.get(1).text("plane"));
		assertEquals("Whole image", shown.get(1).text("region"));
	}

	@Test
	void whatNoGroupCanDoIsAnError() {
		python.plan("z1", Collections.singletonMap("z", 1), new int[] { 1, 1 });
		python.plan("z2", Collections.singletonMap("z", 2), new int[] { 2, 2 });
		python.error = Collections.singletonMap("error", "they differ in size");
		final ImagePlus wide = new ImagePlus("wide", new ByteProcessor(2, 1));
		assertEquals("they differ in size", assertThrows(BackendException.class, () -> run(image("a", 1, 2, 1), wide,
			"per=z")).getMessage());
	}

	@Test
	void escapeKeepsTheRowsSoFar() {
		for (int z = 1; z <= 3; z++)
			python.plan("z" + z, Collections.singletonMap("z", z), new int[] { z, z });
		final StackRunner runner;
		try {
			runner = FakeBackend.runner(python, image("a", 1, 3, 1), image("b", 1, 3, 1), "per=z", rows -> {
				shown.addAll(rows);
				if (shown.size() == 2) IJ.setKeyDown(java.awt.event.KeyEvent.VK_ESCAPE);
			});
		}
		catch (final BackendException e) {
			throw new AssertionError(e);
		}
		assertEquals("Image Similarity: cancelled at plane 3 of 3, the 2 rows so far are kept", assertThrows(
			CancelledException.class, runner::run).getMessage());
		assertEquals(2, shown.size());
		assertEquals("cancel", python.messages.get(python.messages.size() - 1).get("op"));
	}

	@Test
	void secondsFromFrameToFrame() {
		final Calibration calibration = new Calibration();
		assertNull(ImageFacts.secondsPerFrame(calibration));
		calibration.frameInterval = 3;
		assertEquals(3, ImageFacts.secondsPerFrame(calibration));
		for (final String unit : Arrays.asList("s", "Sec", " seconds"))
			assertSeconds(calibration, unit, 3.0);
		assertSeconds(calibration, "ms", 0.003);
		assertSeconds(calibration, "min", 180.0);
		assertSeconds(calibration, "h", 10800.0);
		assertSeconds(calibration, "frame", null);
	}

	private static void assertSeconds(final Calibration calibration, final String unit, final Double seconds) {
		calibration.setTimeUnit(unit);
		assertEquals(seconds, ImageFacts.secondsPerFrame(calibration));
	}

	private static Roi tied(final String name, final int position) {
		final Roi roi = new Roi(0, 0, 1, 1);
		roi.setName(name);
		roi.setPosition(position);
		return roi;
	}

	private static Roi tied(final String name, final int c, final int z, final int t) {
		final Roi roi = tied(name, 0);
		roi.setPosition(c, z, t);
		return roi;
	}

	private static ImagePlus with(final ImagePlus image, final Roi... rois) {
		final Overlay overlay = new Overlay();
		for (final Roi roi : rois)
			overlay.add(roi);
		image.setOverlay(overlay);
		return image;
	}

	private static List<String> regions(final Map<?, ?> request) {
		return ((List<?>) request.get("regions")).stream().map(region -> ((Map<?, ?>) region).get("name").toString()).collect(
			Collectors.toList());
	}

	@Test
	void aTiedRoiIsComparedInItsPlaneOnly() throws BackendException {
		final ImagePlus a = with(image("a", 1, 3, 1), tied("second", 2), tied("all", 0), tied("third", 3), tied("far", 9));
		for (int z = 1; z <= 3; z++)
			python.plan("z" + z, Collections.singletonMap("z", z), new int[] { z, z });
		run(a, image("b", 1, 3, 1), "region=Overlay per=z");
		assertEquals(Arrays.asList("all"), regions(requests().get(0)));
		assertEquals(Arrays.asList("second", "all"), regions(requests().get(1)));
		assertEquals(Arrays.asList("all", "third"), regions(requests().get(2)));
		assertEquals("{position=2, c=0, z=0, t=0}", ((Map<?, ?>) ((List<?>) requests().get(1).get("regions")).get(0)).get(
			"position").toString());
	}

	@Test
	void wherePlanesArePooledATiedRoiHasItsOwn() throws BackendException {
		final ImagePlus a = with(image("a", 1, 3, 2), tied("slice", 0, 2, 0), tied("all", 0), tied("plane", 1, 3, 2));
		python.plan("all 6", Collections.emptyMap(), new int[] { 1, 1 }, new int[] { 2, 2 }, new int[] { 3, 3 }, new int[] {
			4, 4 }, new int[] { 5, 5 }, new int[] { 6, 6 });
		run(a, image("b", 1, 3, 2), "region=Overlay stack=[All planes]");
		final List<Map<?, ?>> requests = requests();
		assertEquals("2 of 6", requests.get(0).get("plane"));
		assertEquals("[slice only: z2, planned]", requests.get(0).get("notes").toString());
		assertEquals("z3 t2", requests.get(1).get("plane"));
		assertEquals(Arrays.asList("all"), regions(requests.get(2)));
		assertArrayEquals(new byte[] { 2, 5, 6, 1, 2, 3, 4, 5, 6 }, joined(python.planes1));
		assertEquals(3, shown.size());
	}

	@Test
	void whereEveryRoiIsTiedElsewhereARowSaysSo() throws BackendException {
		final ImagePlus a = with(image("a", 1, 3, 1), tied("cell", 2));
		final ImagePlus b = image("b", 1, 3, 1);
		run(a, b, "region=Overlay");
		python.plan("z1", Collections.singletonMap("z", 1), new int[] { 1, 1 });
		run(a, b, "region=Overlay per=z");
		assertEquals(2, shown.size());
		for (final Row row : shown)
			assertTrue(row.text("error").startsWith("cell is tied to a plane (cell to z2)"), row.text("error"));
		assertTrue(requests().isEmpty());
		a.setSlice(2);
		run(a, b, "region=Overlay");
		assertEquals(Arrays.asList("cell"), regions(requests().get(0)));
	}

	@Test
	void positionsAsImageJUnderstandsThem() {
		final ImagePlus hyperstack = image("h", 2, 3, 4);
		final int plane = hyperstack.getStackIndex(2, 3, 4);
		assertTrue(Position.of(tied("", 2, 0, 4)).isOn(hyperstack, plane));
		assertFalse(Position.of(tied("", 1, 3, 4)).isOn(hyperstack, plane));
		assertTrue(Position.of(tied("", 3)).isOn(hyperstack, plane));
		assertFalse(Position.of(tied("", 4)).isOn(hyperstack, plane));
		assertTrue(Position.of(tied("", 4)).isOn(image("t", 2, 1, 4), 8));
		assertTrue(Position.of(tied("", 4)).isOn(image("c", 4, 1, 1), 4));
		assertTrue(Position.of(tied("", 9)).isOn(image("single", 1, 1, 1), 1));
		assertTrue(Position.of(tied("", 0)).isOn(hyperstack, 1));
	}
}
