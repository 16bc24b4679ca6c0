// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import ij.ImagePlus;
import ij.VirtualStack;
import ij.io.FileInfo;
import ij.process.ByteProcessor;
import ij.process.ImageProcessor;

import java.util.Locale;

/**
 * An RGB image, or a stack of them, as gray planes: its luminance, or red, green and blue as three channels. Planes are
 * made as they are read, so that a large stack is not there twice; the image itself stays as it is.
 */
public final class ColorView extends ImagePlus {

	private static final String CHANNELS = "channels";
	private static final int SAMPLES = 3;
	/** Where in the int of a pixel red, green and blue are. */
	private static final int[] SHIFTS = { 16, 8, 0 };
	/** ImageJ's weights of red, green and blue. */
	private static final double[] WEIGHTS = { 0.299, 0.587, 0.114 };

	private final ImagePlus image;
	private final String color;

	private ColorView(final ImagePlus image, final String color) {
		super(image.getTitle(), new Gray(image, color.equals(CHANNELS)));
		this.image = image;
		this.color = color;
		final int channels = color.equals(CHANNELS) ? SAMPLES : 1;
		setDimensions(channels, image.getNSlices(), image.getNFrames());
		setOpenAsHyperStack(true);
		setCalibration(image.getCalibration().copy());
		// Of a stack without a window getSlice() is 1, whatever setSlice(...) was told; getCurrentSlice() is right.
		final int[] shown = image.convertIndexToPosition(image.getCurrentSlice());
		setPositionWithoutUpdate(1, shown[1], shown[2]);
	}

	/**
	 * The image as it is compared.
	 *
	 * @param color how RGB images are compared; null where nobody says, and Python refuses them
	 * @return the image itself, if it is not RGB
	 */
	public static ImagePlus of(final ImagePlus image, final String color) {
		if (color == null || image.getType() != ImagePlus.COLOR_RGB) return image;
		return new ColorView(image, color.toLowerCase(Locale.ROOT));
	}

	/** Whether its channels are red, green and blue. */
	public static boolean hasColors(final ImagePlus image) {
		return image instanceof ColorView && ((ColorView) image).color.equals(CHANNELS);
	}

	/** As Python is told of it: an image of bytes, and what they were made of. */
	String type() {
		return "RGB as " + color;
	}

	@Override
	public FileInfo getOriginalFileInfo() {
		return image == null ? null : image.getOriginalFileInfo();
	}

	/** The gray planes, made one by one. */
	private static final class Gray extends VirtualStack {

		private final ImagePlus image;
		private final int channels;
		private final int size;

		Gray(final ImagePlus image, final boolean split) {
			super(image.getWidth(), image.getHeight());
			this.image = image;
			this.channels = split ? SAMPLES : 1;
			this.size = image.getStackSize() * channels;
			setBitDepth(8);
		}

		@Override
		public int getSize() {
			return size;
		}

		@Override
		public int size() {
			return size;
		}

		@Override
		public Object getPixels(final int n) {
			return getProcessor(n).getPixels();
		}

		@Override
		public String getSliceLabel(final int n) {
			return null;
		}

		@Override
		public ImageProcessor getProcessor(final int n) {
			final int plane = (n - 1) / channels + 1;
			final ImageProcessor source = image.getStackSize() == 1 ? image.getProcessor() : image.getStack().getProcessor(plane);
			if (source == null) return null;
			final int[] colors = (int[]) source.getPixels();
			final byte[] gray = channels == 1 ? luminance(colors) : sample(colors, SHIFTS[(n - 1) % channels]);
			return new ByteProcessor(getWidth(), getHeight(), gray);
		}

		private static byte[] sample(final int[] colors, final int shift) {
			final byte[] gray = new byte[colors.length];
			for (int k = 0; k < gray.length; k++)
				gray[k] = (byte) (colors[k] >> shift);
			return gray;
		}

		/** ImageJ's weighted conversion, whatever its options say now: a number must not depend on them. */
		private static byte[] luminance(final int[] colors) {
			final byte[] gray = new byte[colors.length];
			for (int k = 0; k < gray.length; k++) {
				final int red = colors[k] >> SHIFTS[0] & 0xff;
				final int green = colors[k] >> SHIFTS[1] & 0xff;
				final int blue = colors[k] >> SHIFTS[2] & 0xff;
				gray[k] = (byte) (int) (red * WEIGHTS[0] + green * WEIGHTS[1] + blue * WEIGHTS[2] + 0.5);
			}
			return gray;
		}
	}
}
