// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import similij.wire.BackendException;
import similij.wire.PixelBuffer;

import java.awt.Rectangle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.junit.jupiter.api.Test;

/** On planes that are not square, of which no two pixels are alike. */
class PlanePixelsTest {

	private static final int WIDTH = 7;
	private static final int HEIGHT = 5;
	private static final Rectangle[] BOXES = { new Rectangle(0, 0, WIDTH, HEIGHT), new Rectangle(0, 1, WIDTH, 3),
		new Rectangle(2, 1, 3, 4), new Rectangle(6, 4, 1, 1) };

	private static ByteBuffer copied(final Object pixels, final Rectangle box, final int bytesPerPixel) {
		final ByteBuffer memory = ByteBuffer.allocateDirect(box.width * box.height * bytesPerPixel);
		final PixelBuffer buffer = new PixelBuffer(memory, null);
		PlanePixels.copy(pixels, WIDTH, box, buffer.bytes());
		return memory.order(ByteOrder.nativeOrder());
	}

	@Test
	void eightBit() {
		final byte[] pixels = new byte[WIDTH * HEIGHT];
		for (int i = 0; i < pixels.length; i++)
			pixels[i] = (byte) (i + 240);
		for (final Rectangle box : BOXES) {
			final ByteBuffer copied = copied(pixels, box, 1);
			for (int y = 0; y < box.height; y++)
				for (int x = 0; x < box.width; x++)
					assertEquals(pixels[(box.y + y) * WIDTH + box.x + x], copied.get(y * box.width + x));
		}
	}

	@Test
	void sixteenBit() {
		final short[] pixels = new short[WIDTH * HEIGHT];
		for (int i = 0; i < pixels.length; i++)
			pixels[i] = (short) (i * 1999);
		for (final Rectangle box : BOXES) {
			final ByteBuffer copied = copied(pixels, box, 2);
			for (int y = 0; y < box.height; y++)
				for (int x = 0; x < box.width; x++)
					assertEquals(pixels[(box.y + y) * WIDTH + box.x + x], copied.getShort(2 * (y * box.width + x)));
		}
	}

	@Test
	void thirtyTwoBit() {
		final float[] pixels = new float[WIDTH * HEIGHT];
		for (int i = 0; i < pixels.length; i++)
			pixels[i] = i == 3 ? Float.NaN : i / 3f;
		for (final Rectangle box : BOXES) {
			final ByteBuffer copied = copied(pixels, box, 4);
			for (int y = 0; y < box.height; y++)
				for (int x = 0; x < box.width; x++)
					assertEquals(pixels[(box.y + y) * WIDTH + box.x + x], copied.getFloat(4 * (y * box.width + x)));
		}
	}

	@Test
	void whatJavaCannotPass() throws BackendException {
		assertEquals(1 << 30, PixelBuffer.arraySize(1L << 30));
		final String sentence = assertThrows(BackendException.class, () -> PixelBuffer.arraySize(3L << 30)).getMessage();
		assertEquals(true, sentence.contains("3072 MB"), sentence);
	}
}
