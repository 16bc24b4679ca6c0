// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import similij.images.Identity;
import similij.images.Regions;
import similij.options.Options;

import ij.ImagePlus;
import ij.ImageStack;
import ij.gui.Line;
import ij.gui.OvalRoi;
import ij.gui.Roi;
import ij.io.FileInfo;
import ij.process.ByteProcessor;
import ij.process.ColorProcessor;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the dialog offers for two images: what is drawn, what lies beside them, and what was chosen for the same ones. */
class OfferTest {

	@TempDir
	Path folder;
	private ImagePlus a;
	private ImagePlus b;

	@BeforeEach
	void images() throws IOException {
		a = image("a.tif");
		b = image("b.tif");
		Remembered.keep("images", "");
		Remembered.keep("region", Options.ROI_FILE);
		Remembered.keep("roi_file", file("far.zip").getPath());
		Remembered.keep("per", "z");
		Remembered.keep("rescale", "Zscore");
		Remembered.keep("inverse", true);
		Remembered.keep("color", "");
	}

	private File file(final String name) throws IOException {
		final File file = folder.resolve(name).toFile();
		if (!file.exists()) Files.write(file.toPath(), new byte[] { 1, 2, 3 });
		return file;
	}

	private ImagePlus image(final String name) throws IOException {
		final ImagePlus image = new ImagePlus(name, new ByteProcessor(7, 5));
		final FileInfo info = new FileInfo();
		info.directory = file(name).getParent() + File.separator;
		info.fileName = name;
		image.setFileInfo(info);
		return image;
	}

	private Offer offer() {
		return new Offer(a, b, Arrays.asList(a, b));
	}

	@Test
	void forTheSameImagesWhatWasChosen() throws IOException {
		Remembered.keepImages(a, b);
		a = image("a.tif");
		assertEquals(Options.ROI_FILE, offer().word("region"));
		assertEquals(file("far.zip").getPath(), offer().word("roi_file"));
		assertEquals("z", offer().word("per"));
		assertEquals("true", offer().word("inverse"));
		assertEquals("Zscore", offer().word("rescale"));
	}

	@Test
	void forOtherImagesOnlyHowToCompare() {
		assertEquals(Options.WHOLE_IMAGE, offer().word("region"));
		assertEquals("", offer().word("roi_file"));
		assertEquals("", offer().word("per"));
		assertEquals("false", offer().word("inverse"));
		assertEquals("Zscore", offer().word("rescale"));
	}

	@Test
	void aRoiFileThatIsGoneIsNotOffered() throws IOException {
		Remembered.keepImages(a, b);
		Files.delete(file("far.zip").toPath());
		assertEquals(Options.WHOLE_IMAGE, offer().word("region"));
		assertEquals("", offer().word("roi_file"));
	}

	@Test
	void aLabelImageMustBeOpenAndTheSame() throws IOException {
		final ImagePlus labels = image("labels.tif");
		Remembered.keep("region", Options.LABEL_IMAGE);
		Remembered.keep("labels", Identity.of(labels));
		Remembered.keepImages(a, b);
		assertNull(offer().image("labels"));
		assertEquals(Options.WHOLE_IMAGE, offer().word("region"));
		final Offer open = new Offer(a, b, Arrays.asList(a, b, labels));
		assertSame(labels, open.image("labels"));
		assertEquals(Options.LABEL_IMAGE, open.word("region"));
		final ImagePlus made = new ImagePlus("labels.tif", new ByteProcessor(7, 5));
		assertNull(new Offer(a, b, Arrays.asList(a, b, made)).image("labels"));
	}

	@Test
	void whatIsDrawnCountsMoreThanWhatWasChosen() {
		Remembered.keepImages(a, b);
		b.setRoi(new OvalRoi(1, 1, 3, 3));
		assertEquals(Options.SELECTION_2, offer().word("region"));
		a.setRoi(new Roi(1, 1, 3, 3));
		assertEquals(Options.BOTH_SELECTIONS, offer().word("region"));
		b.setRoi(new Line(0, 0, 3, 3));
		assertEquals(Options.SELECTION_1, offer().word("region"));
		assertEquals(Options.SELECTION_1, new Offer(a, a, Collections.singletonList(a)).word("region"));
	}

	@Test
	void aRoiFileBesideImage1IsOfferedAndNotChosen() throws IOException {
		assertNull(Regions.beside(a));
		final File plain = file("a.roi");
		assertEquals(plain, Regions.beside(a));
		final File archive = file("a_roi.zip");
		assertEquals(archive, Regions.beside(a));
		assertEquals(archive.getPath(), offer().word("roi_file"));
		assertEquals(Options.WHOLE_IMAGE, offer().word("region"));
		assertNull(Regions.beside(b));
	}

	@Test
	void oneImageOfTwoChannelsBeginsWithThem() {
		final ImageStack stack = new ImageStack(7, 5);
		for (int k = 0; k < 2; k++)
			stack.addSlice(new ByteProcessor(7, 5));
		a = new ImagePlus("cells", stack);
		a.setDimensions(2, 1, 1);
		assertEquals("1:2", new Offer(a, a, Collections.singletonList(a)).word("channels"));
		assertEquals("", offer().word("channels"));
		assertEquals("image 2", new Offer(a, a, Collections.singletonList(a)).word("against"));
	}

	@Test
	void rgbImagesAreComparedByLuminanceWhereNobodySays() {
		assertEquals("None", offer().word("color"));
		a = new ImagePlus("rgb", new ColorProcessor(7, 5));
		assertEquals("Luminance", offer().word("color"));
		final Offer alone = new Offer(a, a, Collections.singletonList(a));
		assertEquals("Channels", alone.word("color"));
		assertEquals("1:2", alone.word("channels"));
	}

	@Test
	void anImageIsItselfByTitleSizeAndFile() throws IOException {
		assertEquals(Identity.of(a), Identity.of(image("a.tif")));
		final String before = Identity.of(a);
		final ImagePlus larger = image("a.tif");
		larger.setProcessor(new ByteProcessor(8, 5));
		assertNotEquals(before, Identity.of(larger));
		Files.write(file("a.tif").toPath(), new byte[] { 1, 2, 3, 4 });
		assertNotEquals(before, Identity.of(a));
		final ImagePlus made = new ImagePlus("a.tif", new ByteProcessor(7, 5));
		assertEquals(Identity.of(made), Identity.of(made));
		assertNotEquals(Identity.of(made), Identity.of(new ImagePlus("a.tif", new ByteProcessor(7, 5))));
	}
}
