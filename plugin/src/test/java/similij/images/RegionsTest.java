// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.options.Options;
import similij.wire.BackendException;

import ij.ImagePlus;
import ij.gui.Line;
import ij.gui.OvalRoi;
import ij.gui.Overlay;
import ij.gui.PointRoi;
import ij.gui.Roi;
import ij.gui.TextRoi;
import ij.io.RoiEncoder;
import ij.plugin.frame.RoiManager;
import ij.process.ByteProcessor;

import java.awt.Rectangle;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegionsTest {

	private final ImagePlus a = new ImagePlus("a", new ByteProcessor(20, 10));
	private final ImagePlus b = new ImagePlus("b", new ByteProcessor(20, 10));

	@TempDir
	Path folder;

	private List<Region> regions(final String region, final String file) throws BackendException {
		final Map<String, String> given = new HashMap<>();
		given.put("region", region);
		given.put("roi_file", file);
		return Regions.of(new Options(given::get), a, b);
	}

	private String refusal(final String region, final String file) {
		return assertThrows(BackendException.class, () -> regions(region, file)).getMessage();
	}

	private static byte[] encoded(final Roi roi) {
		return RoiEncoder.saveAsByteArray(roi);
	}

	private String zip(final String name, final Object... namesAndBytes) throws IOException {
		final Path file = folder.resolve(name);
		try (OutputStream out = Files.newOutputStream(file); ZipOutputStream zip = new ZipOutputStream(out)) {
			for (int i = 0; i < namesAndBytes.length; i += 2) {
				zip.putNextEntry(new ZipEntry((String) namesAndBytes[i]));
				zip.write((byte[]) namesAndBytes[i + 1]);
			}
		}
		return file.toString();
	}

	@Test
	void theWholeImageIsNoRegion() throws BackendException {
		a.setRoi(new Roi(1, 1, 2, 2));
		assertTrue(regions("Whole image", null).isEmpty());
	}

	@Test
	void aSelectionHasThePixelsOfImageJsMask() throws BackendException {
		final Roi oval = new OvalRoi(3, 2, 7, 5);
		b.setRoi(oval);
		final Region region = regions("Selection of image 2", null).get(0);
		assertEquals("selection of b", region.name);
		assertEquals("Oval", region.kind);
		assertEquals(new Rectangle(3, 2, 7, 5), region.bounds);
		for (int y = 2; y < 7; y++)
			for (int x = 3; x < 10; x++)
				assertEquals(oval.getMask().getPixel(x - 3, y - 2) != 0, region.isInside(x, y));
		oval.setName("nucleus");
		assertEquals("nucleus", regions("Selection of image 2", null).get(0).name);
	}

	@Test
	void aRectangleNeedsNoMaskAndMayLieOutside() throws BackendException {
		a.setRoi(new Roi(-3, 8, 6, 9));
		final Region region = regions("Selection of image 1", null).get(0);
		assertNull(region.mask);
		assertEquals(new Rectangle(-3, 8, 6, 9), region.bounds);
	}

	@Test
	void linesAndPointsHaveNoArea() throws BackendException {
		for (final Roi roi : Arrays.asList(new Line(1, 1, 5, 5), new PointRoi(3, 3))) {
			a.setRoi(roi);
			final Region region = regions("Selection of image 1", null).get(0);
			assertFalse(region.area);
			assertNull(region.mask);
			assertEquals(roi.getTypeAsString(), region.kind);
		}
	}

	@Test
	void noSelection() {
		assertEquals("\"b\" has no selection: draw one on it, or choose region=[Whole image].", refusal(
			"Selection of image 2", null));
	}

	@Test
	void bothSelectionsArePixelsOfBoth() throws BackendException {
		final Roi oval = new OvalRoi(3, 2, 8, 6);
		final Roi rectangle = new Roi(6, 0, 20, 5);
		a.setRoi(oval);
		b.setRoi(rectangle);
		final Region both = regions("Both selections", null).get(0);
		assertEquals(new Rectangle(6, 2, 5, 3), both.bounds);
		for (int y = 2; y < 5; y++)
			for (int x = 6; x < 11; x++)
				assertEquals(oval.getMask().getPixel(x - 3, y - 2) != 0, both.isInside(x, y));
		b.setRoi(new Roi(12, 0, 2, 2));
		assertTrue(regions("Both selections", null).get(0).bounds.isEmpty());
		b.setRoi(new Line(1, 1, 5, 5));
		assertFalse(regions("Both selections", null).get(0).area);
	}

	@Test
	void filesKeepNamesAndOrder() throws Exception {
		final byte[] oval = encoded(new OvalRoi(1, 1, 5, 5));
		final Path single = folder.resolve("cell 1.roi");
		Files.write(single, oval);
		assertEquals("cell 1", regions(null, single.toString()).get(0).name);

		final String zip = zip("r.zip", "b ä.roi", oval, "a.roi", encoded(new Roi(0, 0, 2, 2)), "__MACOSX/._a.roi",
			new byte[9], "notes.txt", new byte[3]);
		final List<Region> regions = regions("ROI file", zip);
		assertEquals(2, regions.size());
		assertEquals("b ä", regions.get(0).name);
		assertEquals("a", regions.get(1).name);
	}

	@Test
	void oneBrokenRoiLeavesTheOthers() throws Exception {
		final List<Region> regions = regions(null, zip("r.zip", "bad.roi", "Iout, and no more".getBytes(), "good.roi",
			encoded(new Roi(0, 0, 2, 2))));
		assertTrue(regions.get(0).problem.startsWith("cannot be read from the archive: 17 bytes"), regions.get(0).problem);
		assertNull(regions.get(1).problem);
	}

	@Test
	void whatIsPackedToFillMemory() throws Exception {
		final byte[] zeros = new byte[(1 << 26) + 1];
		System.arraycopy("Iout".getBytes(), 0, zeros, 0, 4);
		final List<Region> regions = regions(null, zip("r.zip", "a.roi", zeros, "b.roi", encoded(new Roi(0, 0, 2, 2))));
		assertEquals("cannot be read from the archive: more than 64 MB, which is no ROI", regions.get(0).problem);
		assertNull(regions.get(1).problem);
		final Path single = folder.resolve("a.roi");
		Files.write(single, zeros);
		assertTrue(refusal(null, single.toString()).contains("could not be read (more than 64 MB, which is no ROI)"));
	}

	@Test
	void brokenFiles() throws Exception {
		final String zip = zip("whole.zip", "a.roi", encoded(new Roi(0, 0, 2, 2)));
		final Path half = folder.resolve("half.zip");
		final byte[] bytes = Files.readAllBytes(folder.resolve("whole.zip"));
		Files.write(half, Arrays.copyOf(bytes, bytes.length / 2));
		final Path shortRoi = folder.resolve("short.roi");
		Files.write(shortRoi, "Iout".getBytes());
		final Path other = folder.resolve("other.roi");
		Files.write(other, "hello".getBytes());
		assertEquals(1, regions(null, zip).size());
		for (final Path broken : Arrays.asList(half, shortRoi, other))
			assertTrue(refusal(null, broken.toString()).contains(broken + "\" could not be read"), broken.toString());
		assertTrue(refusal(null, zip("empty.zip", "x.txt", new byte[1])).contains("holds no ROI"));
		assertTrue(refusal(null, folder.resolve("none.zip").toString()).contains("does not exist"));
		assertTrue(refusal(null, folder.toString()).contains("is a folder"));
		assertTrue(refusal("ROI file", null).contains("needs roi_file"));
	}

	@Test
	void roisOfTheOverlay() throws BackendException {
		assertTrue(refusal("Overlay", null).contains("\"a\" has no overlay"));
		final Overlay overlay = new Overlay(new Roi(1, 1, 2, 2));
		final Roi named = new OvalRoi(0, 0, 3, 3);
		named.setName("cell");
		overlay.add(named);
		overlay.add((Roi) named.clone());
		overlay.add(new TextRoi(1, 1, "a word"));
		a.setOverlay(overlay);
		final List<Region> regions = regions("Overlay", null);
		assertEquals("roi 1", regions.get(0).name);
		assertEquals("cell", regions.get(1).name);
		assertEquals("cell (2)", regions.get(2).name);
		assertFalse(regions.get(3).area);
	}

	@Test
	void noRoiManagerIsOpened() {
		assertTrue(refusal("ROI Manager", null).contains("The ROI Manager is not open"));
		assertNull(RoiManager.getRawInstance());
	}

	/** What Java's writer refuses to write: two entries of one name. Names of one length are made alike in the bytes. */
	private String zipOfTwins(final String name, final Object... namesAndBytes) throws IOException {
		final Path file = Paths.get(zip(name, namesAndBytes));
		final String bytes = new String(Files.readAllBytes(file), ISO_8859_1);
		Files.write(file, bytes.replaceAll("twin[0-9]", "twin0").getBytes(ISO_8859_1));
		return file.toString();
	}

	@Test
	void aNameTwiceInAZipIsTwoRegions() throws IOException, BackendException {
		final String file = zipOfTwins("twins.zip", "twin1.roi", encoded(new Roi(1, 2, 3, 4)), "one.roi", encoded(new Roi(0, 0,
			1, 1)), "twin2.roi", encoded(new OvalRoi(5, 1, 7, 6)), "twin3.roi", encoded(new Roi(9, 9, 1, 1)));
		final List<Region> regions = regions("ROI file", file);
		assertEquals(Arrays.asList("twin0", "one", "twin0 (2)", "twin0 (3)"), regions.stream().map(region -> region.name)
			.collect(Collectors.toList()));
		assertEquals(Arrays.asList(new Rectangle(1, 2, 3, 4), new Rectangle(0, 0, 1, 1), new Rectangle(5, 1, 7, 6),
			new Rectangle(9, 9, 1, 1)), regions.stream().map(region -> region.bounds).collect(Collectors.toList()));
		assertNull(regions.get(0).mask);
		assertEquals(42, regions.get(2).mask.length);
	}

	@Test
	void aBrokenTwinIsNoOther() throws IOException, BackendException {
		final String file = zipOfTwins("broken.zip", "twin1.roi", encoded(new Roi(1, 2, 3, 4)), "twin2.roi", "Iout".getBytes(
			ISO_8859_1));
		final List<Region> regions = regions("ROI file", file);
		assertEquals(new Rectangle(1, 2, 3, 4), regions.get(0).bounds);
		assertTrue(regions.get(1).problem.contains("4 bytes, less than a header's 64"), regions.get(1).problem);
	}

	@Test
	void regionsOfAColorImageAreInAllChannels() throws IOException, BackendException {
		final Roi tied = new Roi(1, 1, 2, 2);
		tied.setPosition(2, 3, 4);
		final Roi numbered = new Roi(1, 1, 2, 2);
		numbered.setPosition(1);
		final List<Region> regions = regions("ROI file", zip("tied.zip", "tied.roi", encoded(tied), "numbered.roi", encoded(
			numbered)));
		final List<Region> ofStack = Region.inAllChannels(regions, true);
		assertEquals(0, ofStack.get(0).position.c);
		assertEquals(3, ofStack.get(0).position.z);
		assertEquals(4, ofStack.get(0).position.t);
		assertEquals(1, ofStack.get(1).position.position);
		assertFalse(Region.inAllChannels(regions, false).get(1).position.isTied());
	}
}
