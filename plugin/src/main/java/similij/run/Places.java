// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import java.awt.Dimension;
import java.awt.Point;
import java.awt.Rectangle;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Places for groups of windows on a screen, each group together: beside each other where there is room beside what is on the
 * screen already, else as a cascade in which each title can be seen.
 */
final class Places {

	/** Pixels of a title, by which a cascade goes on, and between the places that are tried. */
	static final int TITLE = 28;
	/** How much worse it is to cover a pixel of what was there before than one of another group. */
	private static final long OTHERS = 100;

	private final Rectangle screen;
	private final List<Rectangle> others;
	private final List<Rectangle> taken = new ArrayList<>();

	/** @param others windows that shall not be covered */
	Places(final Rectangle screen, final List<Rectangle> others) {
		this.screen = screen;
		this.others = others;
	}

	/** The places of the windows of the next group. */
	List<Rectangle> next(final List<Dimension> group) {
		List<Rectangle> best = null;
		for (int columns = group.size(); columns > 0; columns--) {
			best = shifted(grid(group, columns));
			if (best != null && cost(bounds(best)) == 0) break;
			best = null;
		}
		if (best == null) best = shifted(cascade(group));
		// Too many for a cascade on this screen: it starts anew, and each window stays on the screen.
		if (best == null) best = onScreen(group);
		taken.addAll(best);
		return best;
	}

	private static List<Rectangle> grid(final List<Dimension> group, final int columns) {
		final List<Rectangle> windows = new ArrayList<>();
		int x = 0;
		int y = 0;
		int height = 0;
		for (int k = 0; k < group.size(); k++) {
			if (k % columns == 0) {
				x = 0;
				y += height;
				height = 0;
			}
			windows.add(new Rectangle(new Point(x, y), group.get(k)));
			x += group.get(k).width;
			height = Math.max(height, group.get(k).height);
		}
		return windows;
	}

	private static List<Rectangle> cascade(final List<Dimension> group) {
		final List<Rectangle> windows = new ArrayList<>();
		for (int k = 0; k < group.size(); k++)
			windows.add(new Rectangle(new Point(k * TITLE, k * TITLE), group.get(k)));
		return windows;
	}

	/** A group where it covers least; null where it is larger than the screen. */
	private List<Rectangle> shifted(final List<Rectangle> windows) {
		final Rectangle all = bounds(windows);
		if (all.width > screen.width || all.height > screen.height) return null;
		Point best = null;
		long least = Long.MAX_VALUE;
		for (final int y : tries(screen.y, screen.height - all.height, false)) {
			for (final int x : tries(screen.x, screen.width - all.width, true)) {
				final long cost = cost(new Rectangle(x, y, all.width, all.height));
				if (cost >= least) continue;
				least = cost;
				best = new Point(x, y);
			}
		}
		final List<Rectangle> shifted = new ArrayList<>();
		for (final Rectangle window : windows)
			shifted.add(new Rectangle(window.x + best.x, window.y + best.y, window.width, window.height));
		return shifted;
	}

	/** Steps over the screen, and the ends of all windows on it. */
	private TreeSet<Integer> tries(final int from, final int room, final boolean across) {
		final TreeSet<Integer> tries = new TreeSet<>();
		for (int k = 0; k < room; k += TITLE)
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

	private List<Rectangle> onScreen(final List<Dimension> group) {
		final List<Rectangle> windows = new ArrayList<>();
		int k = 0;
		for (final Dimension size : group) {
			final int across = Math.max(0, screen.width - size.width);
			final int down = Math.max(0, screen.height - size.height);
			if (k * TITLE > down) k = 0;
			windows.add(new Rectangle(new Point(screen.x + Math.min(across, k * TITLE), screen.y + k * TITLE), size));
			k++;
		}
		return windows;
	}

	private long cost(final Rectangle here) {
		long cost = 0;
		for (final Rectangle window : others)
			cost += OTHERS * shared(here, window);
		for (final Rectangle window : taken)
			cost += shared(here, window);
		return cost;
	}

	private static Rectangle bounds(final List<Rectangle> windows) {
		final Rectangle all = new Rectangle(windows.get(0));
		windows.forEach(all::add);
		return all;
	}

	private static long shared(final Rectangle one, final Rectangle two) {
		final Rectangle both = one.intersection(two);
		return both.isEmpty() ? 0 : (long) both.width * both.height;
	}
}
