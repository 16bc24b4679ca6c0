// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import similij.wire.ImageInfo;
import similij.wire.Pixel;

import ij.ImagePlus;
import ij.io.FileInfo;
import ij.measure.Calibration;

/**
 * States what ImageJ knows of an image: its type, its file, its calibration. One home for it, since the pair that is
 * compared, the images beside it and those of a matrix are all described to Python alike.
 */
public final class ImageFacts {

	private ImageFacts() {}

	/**
	 * All of them, for Python.
	 *
	 * @param name what rows and sentences call it
	 * @param planes how many of its planes are compared
	 */
	public static ImageInfo of(final ImagePlus image, final String name, final int planes) {
		return new ImageInfo(name, file(image), type(image), image.getWidth(), image.getHeight(), planes, Planes.axes(Planes
			.sizes(image)), pixel(image));
	}

	/** Where an image came from; "" where it is of no file. */
	static String file(final ImagePlus image) {
		final FileInfo info = image.getOriginalFileInfo();
		final String path = info == null ? null : info.getFilePath();
		return path == null ? "" : path;
	}

	/** As ImageJ has it: what of it means anything, and in which unit, is Python's to say. */
	private static Pixel pixel(final ImagePlus image) {
		final Calibration calibration = image.getCalibration();
		return new Pixel(finite(calibration.pixelWidth), finite(calibration.pixelHeight), finite(calibration.pixelDepth), text(
			calibration.getUnit()), finite(calibration.frameInterval), text(calibration.getTimeUnit()));
	}

	/** Messages have no word for infinity, and plugins have been seen to write it into calibrations. */
	private static Double finite(final double number) {
		return Double.isNaN(number) || Double.isInfinite(number) ? null : Double.valueOf(number);
	}

	private static String text(final String unit) {
		return unit == null ? "" : unit;
	}

	public static boolean isGray(final ImagePlus image) {
		final int type = image.getType();
		return type == ImagePlus.GRAY8 || type == ImagePlus.GRAY16 || type == ImagePlus.GRAY32;
	}

	/** As ImageJ's menu words it. A color palette is not a gray image: its pixels are numbers of colors. */
	public static String type(final ImagePlus image) {
		if (image instanceof ColorView) return ((ColorView) image).type();
		switch (image.getType()) {
			case ImagePlus.COLOR_RGB:
				return "RGB";
			case ImagePlus.COLOR_256:
				return "8-bit color";
			default:
				// Stored 32768 higher than shown; Python takes that off.
				return isSigned(image) ? "signed 16-bit" : image.getBitDepth() + "-bit";
		}
	}

	/** A calibration function that takes off what ImageJ adds to signed pixels, of an image that can have such pixels. */
	public static boolean isSigned(final ImagePlus image) {
		return image.getType() == ImagePlus.GRAY16 && image.getCalibration().isSigned16Bit();
	}
}
