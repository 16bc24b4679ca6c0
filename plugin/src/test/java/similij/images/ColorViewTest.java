// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.BackendException;

import ij.ImagePlus;
import ij.ImageStack;
import ij.process.ByteProcessor;
import ij.process.ColorProcessor;
import ij.process.TypeConverter;

import java.util.Random;

import org.junit.jupiter.api.Test;

/** Of a stack that is not square, with as many slices as no other axis is long. */
class ColorViewTest {

	private static final int WIDTH = 211;
	private static final int HEIGHT = 97;
	private static final int SLICES = 2;
	private static final int FRAMES = 4;

	private final ImagePlus colors = colors();

	private static ImagePlus colors() {
		final Random random = new Random(3);
		final ImageStack stack = new ImageStack(WIDTH, HEIGHT);
		for (int k = 0; k < SLICES * FRAMES; k++) {
			final int[] pixels = random.ints(WIDTH * HEIGHT).toArray();
			stack.addSlice(new ColorProcessor(WIDTH, HEIGHT, pixels));
		}
		final ImagePlus image = new ImagePlus("stack", stack);
		image.setDimensions(1, SLICES, FRAMES);
		image.getCalibration().pixelWidth = 0.25;
		image.getCalibration().setUnit("um");
		return image;
	}

	@Test
	void channelsAreRedGreenAndBlue() throws BackendException {
		final ImagePlus view = ColorView.of(colors, "Channels");
		assertArrayEquals(new int[] { 3, SLICES, FRAMES }, Planes.sizes(view));
		for (int t = 1; t <= FRAMES; t++)
			for (int z = 1; z <= SLICES; z++)
				for (int c = 1; c <= 3; c++) {
					final ColorProcessor plane = (ColorProcessor) colors.getStack().getProcessor(colors.getStackIndex(1, z, t));
					final Planes at = Planes.at(view, new int[] { view.getStackIndex(c, z, t) });
					assertArrayEquals(plane.getChannel(c), (byte[]) at.pixels(0));
				}
		assertEquals("RGB as channels", ImageFacts.type(view));
		assertTrue(ColorView.hasColors(view));
	}

	@Test
	void luminanceIsThatOfImageJsWeightedConversion() throws BackendException {
		final ImagePlus view = ColorView.of(colors, "Luminance");
		assertArrayEquals(new int[] { 1, SLICES, FRAMES }, Planes.sizes(view));
		for (int k = 1; k <= SLICES * FRAMES; k++) {
			final ColorProcessor plane = (ColorProcessor) colors.getStack().getProcessor(k).duplicate();
			plane.setRGBWeights(0.299, 0.587, 0.114);
			final byte[] expected = (byte[]) new TypeConverter(plane, false).convertToByte().getPixels();
			assertArrayEquals(expected, (byte[]) Planes.at(view, new int[] { k }).pixels(0));
		}
		assertEquals("RGB as luminance", ImageFacts.type(view));
		assertFalse(ColorView.hasColors(view));
	}

	@Test
	void onePlane() throws BackendException {
		final ColorProcessor plane = (ColorProcessor) colors.getStack().getProcessor(3);
		final ImagePlus single = new ImagePlus("single", plane);
		assertArrayEquals(plane.getChannel(2), (byte[]) Planes.at(ColorView.of(single, "channels"), new int[] { 2 }).pixels(0));
		assertEquals(WIDTH * HEIGHT, ((byte[]) Planes.current(ColorView.of(single, "luminance")).pixels(0)).length);
	}

	@Test
	void theSlicesAndFrameThatAreShownStayShown() {
		colors.setPosition(1, 2, 3);
		for (final String color : new String[] { "Channels", "Luminance" }) {
			final ImagePlus view = ColorView.of(colors, color);
			assertArrayEquals(new int[] { 1, 2, 3 }, view.convertIndexToPosition(view.getCurrentSlice()));
			assertEquals("stack", view.getTitle());
			assertEquals(0.25, view.getCalibration().pixelWidth);
		}
		assertEquals(colors.getStackIndex(1, 2, 3), colors.getCurrentSlice());
	}

	@Test
	void nothingElseIsTouched() {
		assertSame(colors, ColorView.of(colors, null));
		final ImagePlus gray = new ImagePlus("gray", new ByteProcessor(3, 2));
		assertSame(gray, ColorView.of(gray, "Channels"));
	}

	@Test
	void thePlaneOfAStackWithoutAWindow() throws BackendException {
		final ImageStack stack = new ImageStack(1, 1);
		for (final int value : new int[] { 0x010203, 0x0a141e })
			stack.addSlice(new ColorProcessor(1, 1, new int[] { value }));
		final ImagePlus plain = new ImagePlus("plain", stack);
		plain.setSlice(2);
		assertArrayEquals(new byte[] { 18 }, (byte[]) Planes.current(ColorView.of(plain, "luminance")).pixels(0));
		final Planes planes = Planes.ofAllChannels(ColorView.of(plain, "channels"), false);
		for (int k = 0; k < 3; k++)
			assertArrayEquals(new byte[] { (byte) (10 * (k + 1)) }, (byte[]) planes.pixels(k));
	}
}
