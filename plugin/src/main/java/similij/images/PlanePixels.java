// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import java.awt.Rectangle;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Copies the part of a plane that is compared into a buffer, row by row, in native byte order. Nothing is converted:
 * {@code byte[]} is read as uint8 on the other side, {@code short[]} as uint16, {@code float[]} as float32.
 */
public final class PlanePixels {

	private PlanePixels() {}

	/** Bytes of one pixel of an ImageJ pixel array, or 0 where it is not an array of gray values. */
	static int bytesPerPixel(final Object pixels) {
		if (pixels instanceof byte[]) return 1;
		if (pixels instanceof short[]) return 2;
		return pixels instanceof float[] ? 4 : 0;
	}

	/**
	 * Copies {@code box} of a plane.
	 *
	 * @param pixels {@code byte[]}, {@code short[]} or {@code float[]}, row by row
	 * @param width pixels in a row of the plane
	 * @param box the part to copy; inside the plane
	 * @param target receives {@code box.width * box.height} pixels from its start
	 */
	public static void copy(final Object pixels, final int width, final Rectangle box, final ByteBuffer target) {
		// Full rows lie side by side in memory, so they are one long row.
		final boolean fullRows = box.x == 0 && box.width == width;
		final int rows = fullRows ? 1 : box.height;
		final int length = fullRows ? box.width * box.height : box.width;
		final int first = box.y * width + box.x;
		if (pixels instanceof byte[]) {
			for (int row = 0; row < rows; row++)
				target.put((byte[]) pixels, first + row * width, length);
		}
		else if (pixels instanceof short[]) {
			final ShortBuffer shorts = target.asShortBuffer();
			for (int row = 0; row < rows; row++)
				shorts.put((short[]) pixels, first + row * width, length);
		}
		else {
			final FloatBuffer floats = target.asFloatBuffer();
			for (int row = 0; row < rows; row++)
				floats.put((float[]) pixels, first + row * width, length);
		}
	}
}
