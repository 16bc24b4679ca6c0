// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import ij.CompositeImage;
import ij.ImagePlus;
import ij.process.LUT;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;

/**
 * The channels of an image by name: what its slices are labelled, else the colors that it shows them in. ImageJ has no
 * field for names of channels; those two are where readers of files put them.
 */
public final class Channels {

	/** Letters of a name at most: a dialog has a line for two. */
	private static final int LETTERS = 20;
	private static final List<String> COLORS = Arrays.asList("red", "green", "blue", "cyan", "magenta", "yellow", "gray");
	private static final List<Color> TOPS = Arrays.asList(Color.RED, Color.GREEN, Color.BLUE, Color.CYAN, Color.MAGENTA,
		Color.YELLOW, Color.WHITE);

	private Channels() {}

	/** Each channel's number, and its name where it has one of its own: "1", or "2 DAPI". */
	public static List<String> of(final ImagePlus image) {
		final int count = image.getNChannels();
		List<String> names = ColorView.hasColors(image) ? COLORS.subList(0, count) : labels(image, count);
		if (names.isEmpty()) names = colors(image, count);
		final List<String> channels = new ArrayList<>();
		for (int k = 0; k < count; k++)
			channels.add(names.isEmpty() ? Integer.toString(k + 1) : k + 1 + " " + names.get(k));
		return channels;
	}

	/** Labels of the first slices; empty where they do not tell the channels apart, or are names of files. */
	private static List<String> labels(final ImagePlus image, final int count) {
		final List<String> labels = new ArrayList<>();
		for (int k = 1; k <= count; k++) {
			final String label = image.getStack().getSliceLabel(image.getStackIndex(k, 1, 1));
			final String line = label == null ? "" : label.trim().split("\n", 2)[0].trim();
			if (line.isEmpty() || line.length() > LETTERS || line.contains("/") || line.equals(image.getTitle())) return Collections
				.emptyList();
			labels.add(line);
		}
		return apart(labels);
	}

	/** What the channels of a composite image are shown in, as far as these are colors that have a name. */
	private static List<String> colors(final ImagePlus image, final int count) {
		if (!image.isComposite() || !(image instanceof CompositeImage)) return Collections.emptyList();
		final List<String> colors = new ArrayList<>();
		for (int k = 1; k <= count; k++) {
			final LUT table = ((CompositeImage) image).getChannelLut(k);
			final int color = TOPS.indexOf(new Color(table.getRGB(table.getMapSize() - 1)));
			if (color < 0) return Collections.emptyList();
			colors.add(COLORS.get(color));
		}
		return apart(colors);
	}

	private static List<String> apart(final List<String> names) {
		return new HashSet<>(names).size() == names.size() ? names : Collections.<String>emptyList();
	}
}
