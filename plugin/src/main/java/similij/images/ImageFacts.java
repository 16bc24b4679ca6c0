// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import ij.ImagePlus;
import ij.io.FileInfo;
import ij.measure.Calibration;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * States what ImageJ knows of an image: its type, its file, its calibration. One home for it, since the pair that is
 * compared, the images beside it and those of a matrix are all described to Python alike.
 */
public final class ImageFacts {

	private ImageFacts() {}

	/** Where an image came from; "" where it is of no file. */
	public static String file(final ImagePlus image) {
		final FileInfo info = image.getOriginalFileInfo();
		final String path = info == null ? null : info.getFilePath();
		return path == null ? "" : path;
	}

	/** How large a pixel is, and how far apart slices and frames are, as far as ImageJ knows. */
	public static Map<String, Object> pixel(final ImagePlus image) {
		final Calibration calibration = image.getCalibration();
		final Map<String, Object> words = new LinkedHashMap<>();
		words.put("x", calibration.pixelWidth);
		words.put("y", calibration.pixelHeight);
		words.put("z", image.getNSlices() > 1 ? calibration.pixelDepth : null);
		words.put("unit", calibration.getUnit());
		words.put("frame_s", image.getNFrames() > 1 ? secondsPerFrame(calibration) : null);
		return words;
	}

	public static boolean isGray(final ImagePlus image) {
		final int type = image.getType();
		return type == ImagePlus.GRAY8 || type == ImagePlus.GRAY16 || type == ImagePlus.GRAY32;
	}

	/** As ImageJ's menu words it. A color palette is not a gray image: its pixels are numbers of colors. */
	public static String type(final ImagePlus image) {
		switch (image.getType()) {
			case ImagePlus.COLOR_RGB:
				return "RGB";
			case ImagePlus.COLOR_256:
				return "8-bit color";
			default:
				// Stored 32768 higher than shown; Python takes that off.
				return image.getCalibration().isSigned16Bit() ? "signed 16-bit" : image.getBitDepth() + "-bit";
		}
	}

	/** Null where ImageJ does not know it, or knows it in a unit that is none of time. */
	public static Double secondsPerFrame(final Calibration calibration) {
		final double interval = calibration.frameInterval;
		final String unit = calibration.getTimeUnit() == null ? "" : calibration.getTimeUnit().trim().toLowerCase(
			Locale.ROOT);
		if (!(interval > 0)) return null;
		for (final TimeUnit known : TimeUnit.values())
			if (known.names.contains(unit)) return interval * known.seconds;
		return null;
	}

	/** How people write units of time into ImageJ's <i>Properties...</i> */
	private enum TimeUnit {
		SECOND(1, "s", "sec", "second", "seconds"), MILLISECOND(1e-3, "ms", "msec", "millisecond", "milliseconds"),
		MINUTE(60, "min", "minute", "minutes"), HOUR(3600, "h", "hr", "hour", "hours");

		private final double seconds;
		private final List<String> names;

		TimeUnit(final double seconds, final String... names) {
			this.seconds = seconds;
			this.names = Collections.unmodifiableList(Arrays.asList(names));
		}
	}
}
