// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import similij.wire.Axes;
import similij.wire.BackendException;

import ij.ImagePlus;
import ij.ImageStack;
import ij.process.ImageProcessor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The planes of one image that take part, in order. Each is fetched when its turn comes, so that a virtual stack is
 * never in memory as a whole; the slice that the user looks at stays where it is.
 */
public final class Planes {

	/** ImageJ's order of positions. */
	private static final String[] AXES = { "c", "z", "t" };

	private final ImagePlus image;
	private final int[] indices;
	private final String label;

	private Planes(final ImagePlus image, final int[] indices, final String label) {
		this.image = image;
		this.indices = indices;
		this.label = label;
	}

	/** The plane that is shown. */
	public static Planes current(final ImagePlus image) {
		final int index = image.getStackSize() == 1 ? 1 : image.getCurrentSlice();
		return new Planes(image, new int[] { index }, label(image, index));
	}

	/** All planes; of an image with channels, those of the channel that is shown. */
	public static Planes all(final ImagePlus image) {
		final int channels = image.getNChannels();
		final int size = image.getStackSize();
		final int channel = image.convertIndexToPosition(image.getCurrentSlice())[0];
		// ImageJ numbers planes with the channel fastest, then z, then t.
		final int[] indices = IntStream.rangeClosed(1, size)
			.filter(index -> channels == 1 || (index - 1) % channels == channel - 1).toArray();
		return new Planes(image, indices, indices.length == 1 ? label(image, indices[0]) : "all " + indices.length);
	}

	/** The plane that is shown, or all planes, of every channel. */
	public static Planes ofAllChannels(final ImagePlus image, final boolean all) {
		final int count = all ? image.getStackSize() : image.getNChannels();
		final int[] shown = image.convertIndexToPosition(image.getCurrentSlice());
		return at(image, IntStream.rangeClosed(1, count).map(k -> all ? k : image.getStackIndex(k, shown[1], shown[2]))
			.toArray());
	}

	/** Chosen planes. */
	public static Planes at(final ImagePlus image, final int[] indices) {
		return new Planes(image, indices, "");
	}

	/** Where a plane is in a hyperstack: c, z and t, counted from 1. */
	public static Axes position(final ImagePlus image, final int index) {
		return axes(image.convertIndexToPosition(index));
	}

	/** How many there are along each axis, in ImageJ's order. */
	public static int[] sizes(final ImagePlus image) {
		return new int[] { image.getNChannels(), image.getNSlices(), image.getNFrames() };
	}

	/**
	 * Which channel, slice or frame all of these planes share, of an axis that has others too. A row that does not name
	 * it in a column must say it in words.
	 */
	public List<String> only(final Set<?> named) {
		final String[] names = { "channel", "slice", "frame" };
		final int[] sizes = sizes(image);
		final List<String> words = new ArrayList<>();
		for (int k = 0; k < AXES.length; k++) {
			final int axis = k;
			final int[] places = IntStream.of(indices).map(index -> image.convertIndexToPosition(index)[axis]).distinct()
				.toArray();
			final boolean inColumn = named.contains(AXES[k]) || k == 0 && named.contains("channel_1");
			if (sizes[k] > 1 && places.length == 1 && !inColumn) words.add(names[k] + " " + places[0] + " of " + sizes[k]);
		}
		return words;
	}

	/** The plane's number; in a hyperstack its position along each axis that has more than one. */
	private static String label(final ImagePlus image, final int index) {
		final int c = image.getNChannels();
		final int z = image.getNSlices();
		final int t = image.getNFrames();
		if (c == 1 && (z == 1 || t == 1)) return Integer.toString(index);
		final int[] position = image.convertIndexToPosition(index);
		final StringBuilder words = new StringBuilder();
		if (c > 1) words.append(" c").append(position[0]);
		if (z > 1) words.append(" z").append(position[1]);
		if (t > 1) words.append(" t").append(position[2]);
		return words.toString().trim();
	}

	/** A number for each axis. */
	static Axes axes(final int[] numbers) {
		return new Axes(numbers[0], numbers[1], numbers[2]);
	}

	public int size() {
		return indices.length;
	}

	/** Where plane {@code k}, counted from 0, is in the hyperstack. */
	public Axes at(final int k) {
		return position(image, indices[k]);
	}

	public ImagePlus image() {
		return image;
	}

	/** Places in the stack, counted from 1. */
	public int[] indices() {
		return indices;
	}

	/** Words for the Plane column. */
	public String label() {
		return label;
	}

	/** The words for two images: once, if they are the same. */
	public static String label(final Planes a, final Planes b) {
		return a.label.equals(b.label) ? a.label : a.label + " / " + b.label;
	}

	/** The pixel array of plane {@code k}, counted from 0, itself and not a copy. */
	public Object pixels(final int k) throws BackendException {
		final Object pixels = read(k);
		if (pixels == null) throw new BackendException("\"" + image.getTitle() +
			"\" was closed before it could be compared: open it again and repeat the command.");
		final int expected = image.getBitDepth() / 8;
		if (PlanePixels.bytesPerPixel(pixels) == expected) return pixels;
		throw new BackendException("Plane " + indices[k] + " of \"" + image.getTitle() + "\" holds " +
			pixels.getClass().getSimpleName() + " and the image is " + image.getBitDepth() +
			"-bit: all planes must have the same type. Convert it with Image > Type.");
	}

	private Object read(final int k) throws BackendException {
		try {
			if (image.getStackSize() == 1) {
				final ImageProcessor processor = image.getProcessor();
				return processor == null ? null : processor.getPixels();
			}
			final ImageStack stack = image.getStack();
			if (indices[k] > stack.size()) return null;
			final ImageProcessor processor = stack.getProcessor(indices[k]);
			return processor == null ? null : processor.getPixels();
		}
		catch (final RuntimeException e) {
			throw new BackendException("Plane " + indices[k] + " of \"" + image.getTitle() + "\" could not be read (" + e +
				"): is the file still there?", e.toString());
		}
	}
}
