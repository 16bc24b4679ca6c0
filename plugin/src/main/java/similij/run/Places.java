// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import java.awt.Dimension;
import java.awt.Point;
import java.awt.Rectangle;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Places for groups of windows on a screen, each group together: side by side where there is room beside what is on the
 * screen already, else in cascades in which each title can be seen. Of all that it tries, it takes what covers least.
 */
final class Places {

	/** Pixels by which a cascade goes on, to the right, and down by a title. */
	private static final int ASIDE = 12;
	private static final int TITLE = 28;
	/** Cascades beside each other, at most. */
	private static final int MOST_COLUMNS = 6;
	/** Pixels between the places that are tried. */
	private static final int STEP = 32;
	/** How much worse it is to cover a pixel of what was there before than one of the windows that are placed. */
	private static final long OTHERS = 1000;

	private final Rectangle screen;
	private final List<Rectangle> others;

	/** @param others windows that shall not be covered */
	Places(final Rectangle screen, final List<Rectangle> others) {
		this.screen = screen;
		this.others = others;
	}

	/** Windows that are placed, and what they cover. */
	private static final class Layout {

		private final List<Rectangle> windows;
		private final long cost;

		private Layout(final List<Rectangle> windows, final long cost) {
			this.windows = windows;
			this.cost = cost;
		}
	}

	/** The places of the windows of two groups, one after the other; each may be empty. */
	List<Rectangle> of(final List<Dimension> one, final List<Dimension> two) {
		final Layout first = after(new ArrayList<>(), one);
		final Layout both = after(first.windows, two);
		final Layout second = after(new ArrayList<>(), two);
		final Layout turned = after(second.windows, one);
		final List<Rectangle> places = new ArrayList<>();
		if (first.cost + both.cost <= second.cost + turned.cost) {
			places.addAll(first.windows);
			places.addAll(both.windows);
		}
		else {
			places.addAll(turned.windows);
			places.addAll(second.windows);
		}
		return places;
	}

	/** A group where others are placed. */
	private Layout after(final List<Rectangle> taken, final List<Dimension> group) {
		if (group.isEmpty()) return new Layout(new ArrayList<>(), 0);
		Layout best = null;
		for (int each = 1; each <= group.size(); each++) {
			final int cascades = (group.size() + each - 1) / each;
			// A number of windows that leaves as many cascades as one less does is no other layout.
			if (each > 1 && (group.size() + each - 2) / (each - 1) == cascades) continue;
			for (int columns = 1; columns <= Math.min(cascades, MOST_COLUMNS); columns++)
				best = better(best, shifted(cascades(group, each, columns), taken));
		}
		// Too many for this screen.
		return best == null ? new Layout(cascadesOnScreen(group), 0) : best;
	}

	private static Layout better(final Layout one, final Layout two) {
		return one == null || two != null && two.cost < one.cost ? two : one;
	}

	/** Cascades of some windows each, in lines; of one window each, they are side by side. */
	private static List<Rectangle> cascades(final List<Dimension> group, final int each, final int columns) {
		final List<Rectangle> windows = new ArrayList<>();
		int x = 0;
		int y = 0;
		int right = 0;
		int bottom = 0;
		for (int k = 0; k < group.size(); k++) {
			if (k % (each * columns) == 0) {
				x = 0;
				y = bottom;
			}
			else if (k % each == 0) x = right;
			final int place = k % each;
			final Rectangle window = new Rectangle(new Point(x + place * ASIDE, y + place * TITLE), group.get(k));
			windows.add(window);
			right = place == 0 ? window.x + window.width : Math.max(right, window.x + window.width);
			bottom = Math.max(bottom, window.y + window.height);
		}
		return windows;
	}

	/** From the top again whenever the bottom is reached. */
	private List<Rectangle> cascadesOnScreen(final List<Dimension> group) {
		final List<Rectangle> windows = new ArrayList<>();
		int row = 0;
		for (int k = 0; k < group.size(); k++) {
			final Dimension size = group.get(k);
			if (row * TITLE + size.height > screen.height) row = 0;
			final int across = Math.max(0, Math.min(k * ASIDE, screen.width - size.width));
			windows.add(new Rectangle(new Point(screen.x + across, screen.y + row * TITLE), size));
			row++;
		}
		return windows;
	}

	/** A group where it covers least; null where it is larger than the screen. */
	private Layout shifted(final List<Rectangle> windows, final List<Rectangle> taken) {
		final Rectangle all = new Rectangle(windows.get(0));
		windows.forEach(all::add);
		if (all.width > screen.width || all.height > screen.height) return null;
		Point best = null;
		long least = Long.MAX_VALUE;
		for (final int y : tries(screen.y, screen.height - all.height, taken, false)) {
			for (final int x : tries(screen.x, screen.width - all.width, taken, true)) {
				final long cost = cost(windows, x, y, taken);
				if (cost >= least) continue;
				least = cost;
				best = new Point(x, y);
			}
		}
		final List<Rectangle> shifted = new ArrayList<>();
		long hidden = 0;
		for (final Rectangle window : windows) {
			for (final Rectangle before : shifted)
				hidden += shared(before, window.x + best.x, window.y + best.y, window);
			shifted.add(new Rectangle(window.x + best.x, window.y + best.y, window.width, window.height));
		}
		return new Layout(shifted, least + hidden);
	}

	/** Steps over the screen, and the ends of all windows on it. */
	private TreeSet<Integer> tries(final int from, final int room, final List<Rectangle> taken, final boolean across) {
		final TreeSet<Integer> tries = new TreeSet<>();
		for (int k = 0; k < room; k += STEP)
			tries.add(from + k);
		tries.add(from + room);
		final List<Rectangle> windows = new ArrayList<>(others);
		windows.addAll(taken);
		for (final Rectangle window : windows) {
			final int end = across ? window.x + window.width : window.y + window.height;
			if (end >= from && end <= from + room) tries.add(end);
		}
		return tries;
	}

	private long cost(final List<Rectangle> windows, final int x, final int y, final List<Rectangle> taken) {
		long cost = 0;
		for (final Rectangle window : windows) {
			for (final Rectangle other : others)
				cost += OTHERS * shared(other, window.x + x, window.y + y, window);
			for (final Rectangle other : taken)
				cost += shared(other, window.x + x, window.y + y, window);
		}
		return cost;
	}

	/** Pixels that a window and one of the size of another at (x, y) have both. */
	private static long shared(final Rectangle one, final int x, final int y, final Rectangle size) {
		final long wide = Math.min(one.x + one.width, x + size.width) - Math.max(one.x, x);
		final long tall = Math.min(one.y + one.height, y + size.height) - Math.max(one.y, y);
		return wide > 0 && tall > 0 ? wide * tall : 0;
	}
}
