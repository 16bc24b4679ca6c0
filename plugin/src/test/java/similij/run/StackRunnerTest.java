// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.gui.Overlay;
import ij.gui.Roi;
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

	/** Of the comparisons. */
	private List<Map<?, ?>> requests() {
		return python.messages.stream().filter(message -> message.containsKey("request")).map(message -> (Map<?, ?>) message
			.get("request")).collect(Collectors.toList());
	}

	private Map<String, Object> problem() {
		return python.messages.stream().filter(message -> "problem".equals(message.get("op"))).findFirst().get();
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
		assertEquals("{}", python.request().get("place").toString());
		assertEquals(1, python.messages.size());
		assertEquals(1, shown.size());
	}

	@Test
	void pythonIsToldWhatThereIs() throws BackendException {
		final ImagePlus a = image("a", 2, 3, 4);
		a.setPosition(2, 3, 1);
		a.getCalibration().frameInterval = 2;
		a.getCalibration().setTimeUnit("min");
		run(a, image("b", 1, 3, 4), "stack=[each plane] per=z,t channels=2:1");
		final String pixel = "pixel={x=1.0, y=1.0, z=1.0, unit=pixel, interval=";
		assertEquals("{op=plan, image_1={name=a, file=, type=8-bit, width=1, height=1, planes=24, sizes={c=2, z=3, t=4}, " +
			pixel + "2.0, time_unit=min}}, image_2={name=b, file=, type=8-bit, width=1, height=1, planes=12, sizes={c=1, z=3, t=4}, " +
			pixel + "0.0, time_unit=sec}}, current_1={c=2, z=3, t=1}, current_2={c=1, z=1, t=1}, regions=[], inverse=false, " +
			"pictures=false, run_id=null, options={stack=Each plane, per=z,t, channels=2:1}}", python.messages.get(0)
				.toString());
	}

	@Test
	void whatIsNoNumberIsNull() throws BackendException {
		final ImagePlus a = image("a", 1, 1, 2);
		a.getCalibration().frameInterval = Double.NaN;
		a.getCalibration().pixelWidth = Double.POSITIVE_INFINITY;
		run(a, image("b", 1, 1, 2), "");
		final Map<?, ?> pixel = (Map<?, ?>) ((Map<?, ?>) python.request().get("image_1")).get("pixel");
		assertNull(pixel.get("interval"));
		assertNull(pixel.get("x"));
		assertEquals(1.0, pixel.get("y"));
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
			assertNull(python.messages.get(0).get("current_2"));
			assertEquals("a", ((Map<?, ?>) python.request().get("image_2")).get("name"));
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
		assertEquals("planned run", requests().get(0).get("run_id"));
		assertEquals(2, ((Map<?, ?>) requests().get(0).get("image_1")).get("planes"));
		assertEquals(1, ((Map<?, ?>) requests().get(1).get("image_2")).get("planes"));
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
		assertEquals("problem", shown.get(1).text("note"));
		final Map<String, Object> problem = problem();
		assertTrue(problem.get("error").toString().startsWith("Plane 2 of \"b\" could not be read"), problem.toString());
		assertEquals("z2", problem.get("plane"));
		assertEquals("{z=2}", problem.get("place").toString());
		assertEquals("Whole image", problem.get("region"));
		assertEquals("planned run", problem.get("run_id"));
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
		// Where who waits sees Esc first, the work ends, and tells Python, a moment later.
		for (int k = 0; k < 6000 && !last().equals("cancel"); k++)
			IJ.wait(10);
		assertEquals("cancel", last());
	}

	private Object last() {
		return python.messages.get(python.messages.size() - 1).get("op");
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
	void pythonIsToldWhereRoisAreTiedTo() throws BackendException {
		final ImagePlus a = with(image("a", 1, 3, 1), tied("second", 2), tied("all", 0), tied("place", 1, 3, 0));
		python.plan("z1", Collections.singletonMap("z", 1), new int[] { 1, 1 });
		run(a, image("b", 1, 3, 1), "region=Overlay per=z");
		assertEquals("[{name=second, position={position=2, c=0, z=0, t=0}}, {name=all, position={position=0, c=0, z=0, t=0}}, " +
			"{name=place, position={position=0, c=1, z=3, t=0}}]", python.messages.get(0).get("regions").toString());
	}

	@Test
	void eachPartHasTheRegionsThatPythonPutThere() throws BackendException {
		final ImagePlus a = with(image("a", 1, 3, 2), tied("slice", 0, 2, 0), tied("all", 0), tied("plane", 1, 3, 2));
		final Map<String, Object> group = python.plan("all 6", Collections.emptyMap(), new int[] { 1, 1 }, new int[] { 2, 2 },
			new int[] { 3, 3 }, new int[] { 4, 4 }, new int[] { 5, 5 }, new int[] { 6, 6 });
		group.put("parts", Arrays.asList(FakeBackend.part("2 of 6", "slice only: z2", Arrays.asList(1, 4), 0), FakeBackend
			.part("z3 t2", "slice only: z3 t2", Arrays.asList(5), 2), FakeBackend.part("all 6", "planned", null, 1)));
		run(a, image("b", 1, 3, 2), "region=Overlay stack=[All planes]");
		final List<Map<?, ?>> requests = requests();
		assertEquals("2 of 6", requests.get(0).get("plane"));
		assertEquals("[slice only: z2]", requests.get(0).get("notes").toString());
		assertEquals(Arrays.asList("slice"), regions(requests.get(0)));
		assertEquals("z3 t2", requests.get(1).get("plane"));
		assertEquals(Arrays.asList("all"), regions(requests.get(2)));
		assertArrayEquals(new byte[] { 2, 5, 6, 1, 2, 3, 4, 5, 6 }, joined(python.planes1));
		assertEquals(3, shown.size());
	}

	@Test
	void whatIsComparedApartHasNeitherBackgroundNorPictures() throws BackendException {
		final ImagePlus a = with(image("a", 1, 2, 1), tied("second", 2), tied("all", 0));
		final Map<String, Object> group = python.plan("all 2", Collections.emptyMap(), new int[] { 1, 1 }, new int[] { 2, 2 });
		group.put("parts", Arrays.asList(FakeBackend.part("z2", "slice only: z2", Arrays.asList(1), 0), FakeBackend.part(
			"all 2", "planned", null, 1)));
		run(a, image("b", 1, 2, 1), "region=Overlay stack=[All planes] inverse");
		assertEquals(false, requests().get(0).get("inverse"));
		assertEquals(true, requests().get(1).get("inverse"));
	}

	@Test
	void ofThePlaneThatIsShownPythonIsAskedOnlyWhereAnRoiIsTied() throws BackendException {
		final ImagePlus a = with(image("a", 1, 3, 1), tied("second", 2), tied("all", 0));
		final ImagePlus b = image("b", 1, 3, 1);
		python.tied.put("here", Arrays.asList(1));
		python.tied.put("missing", Arrays.asList(FakeBackend.missing(0, "second is tied elsewhere")));
		run(a, b, "region=Overlay");
		final Map<String, Object> asked = python.messages.get(0);
		assertEquals("tied", asked.get("op"));
		assertEquals("{c=1, z=1, t=1}", asked.get("at").toString());
		assertEquals("b", ((Map<?, ?>) asked.get("image_2")).get("name"));
		assertEquals("{c=1, z=1, t=1}", asked.get("at_2").toString());
		assertEquals(Arrays.asList("all"), regions(requests().get(0)));
		assertEquals("second", problem().get("region"));
		assertEquals("second is tied elsewhere", problem().get("error"));
		python.messages.clear();
		run(with(a, tied("all", 0)), b, "region=Overlay");
		assertEquals("compare", python.messages.get(0).get("op"));
	}

	@Test
	void eachRoiThatIsTiedElsewhereHasARowThatSaysSo() throws BackendException {
		final ImagePlus a = with(image("a", 1, 3, 1), tied("cell", 2), tied("other", 3));
		final ImagePlus b = image("b", 1, 3, 1);
		python.tied.put("here", Collections.emptyList());
		python.tied.put("missing", Arrays.asList(FakeBackend.missing(0, "cell is tied elsewhere"), FakeBackend.missing(1,
			"other is tied elsewhere")));
		run(a, b, "region=Overlay");
		assertEquals(2, shown.size());
		assertEquals("cell is tied elsewhere", problem().get("error"));
		assertEquals("cell", problem().get("region"));
		assertEquals("1", problem().get("plane"));
		python.messages.clear();
		python.missing.add(FakeBackend.missing(0, "cell is tied elsewhere"));
		python.plan("z1", Collections.singletonMap("z", 1), new int[] { 1, 1 }).put("parts", Collections.emptyList());
		run(a, b, "region=Overlay per=z");
		assertEquals(3, shown.size());
		assertEquals("cell is tied elsewhere", problem().get("error"));
		assertEquals("z1", problem().get("plane"));
		assertTrue(requests().isEmpty());
	}
}
