// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.images.Channels;

import ij.ImagePlus;

import java.util.ArrayList;
import java.util.List;

/**
 * Which channel can go with which, as the key {@code channels} says it and as people read it. The names are those of
 * the channels, so that nobody has to count them.
 */
final class ChannelPairs {

	/** Pairs that are listed at most; of more channels those are written. */
	private static final int MOST = 100;
	private static final String SAME = "same";
	private static final String ALL = "all";

	private final List<String> words = new ArrayList<>();
	private final List<String> labels = new ArrayList<>();

	/**
	 * @param image1 as it is compared: gray, or with red, green and blue as its channels
	 * @param eachPlane whether each plane has rows, where without a word each channel goes with its own
	 */
	ChannelPairs(final ImagePlus image1, final ImagePlus image2, final boolean eachPlane) {
		final List<String> first = Channels.of(image1);
		final List<String> second = Channels.of(image2);
		final boolean alone = image1 == image2;
		final boolean alike = first.size() == second.size();
		if (!alone && eachPlane) add("", "Each with its own");
		else if (!alone) add("", "Those shown: " + shown(image1, first) + " : " + shown(image2, second));
		if (!alone && !eachPlane && alike) add(SAME, "Each with its own");
		if (first.size() * second.size() <= MOST) for (int k = 0; k < first.size(); k++)
			for (int l = alone ? k + 1 : 0; l < second.size(); l++)
				add(k + 1 + ":" + (l + 1), first.get(k) + " : " + second.get(l));
		if (!alone || first.size() > 2) add(ALL, "Each with each");
		// One channel and no other: nothing can be chosen, and nothing is.
		if (words.isEmpty()) add("", "");
	}

	private static String shown(final ImagePlus image, final List<String> channels) {
		return channels.get(Math.min(image.getChannel(), channels.size()) - 1);
	}

	private void add(final String word, final String label) {
		words.add(word);
		labels.add(label);
	}

	/** As a dialog lists them. */
	List<String> labels() {
		return labels;
	}

	/** The word of the item at a place. */
	String word(final int index) {
		return words.get(index);
	}

	/** The place of a word; -1 where it is none of these. */
	int indexOf(final String word) {
		return words.indexOf(word.replace(" ", ""));
	}
}
