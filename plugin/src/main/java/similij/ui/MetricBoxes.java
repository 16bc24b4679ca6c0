// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.wire.Metrics;

import ij.Prefs;
import ij.gui.GUI;
import ij.gui.GenericDialog;

import java.awt.Checkbox;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.GridBagConstraints;
import java.awt.GridBagLayout;
import java.awt.GridLayout;
import java.awt.Insets;
import java.awt.Label;
import java.awt.Panel;
import java.awt.ScrollPane;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All metrics there are, each a checkbox with what it sees, group after group. In two columns, since a single one would
 * be higher than the screen of a laptop; where even that is, they can be scrolled.
 */
public final class MetricBoxes {

	/** Pixels between the columns, and those that the window needs below: buttons and edges. */
	private static final int BETWEEN = 18;
	private static final int BELOW = 110;
	/** Width of a scroll bar, and how far one step of it goes: about a line. */
	private static final int BAR = 25;
	/** Pixels that a line is less high than it asks for: with all metrics, the window fits a laptop's screen. */
	private static final int TIGHTER = 3;
	/** Size of the letters of a title. */
	private static final int LETTERS = 12;

	private final Map<String, Checkbox> boxes = new LinkedHashMap<>();
	private final Panel columns = new Panel(new GridBagLayout());
	private final ScrollPane scroll = new ScrollPane(ScrollPane.SCROLLBARS_AS_NEEDED);

	/**
	 * @param groups as Python lists them
	 * @param chosen names of those that are checked
	 */
	MetricBoxes(final List<Metrics.MetricGroup> groups, final Collection<String> chosen) {
		final Font bold = new Font(Font.SANS_SERIF, Font.BOLD, (int) (LETTERS * Prefs.getGuiScale()));
		final int lines = groups.stream().mapToInt(MetricBoxes::lines).sum();
		Panel column = add(0);
		int filled = 0;
		boolean second = false;
		for (final Metrics.MetricGroup group : groups) {
			// The second column begins with the group whose middle is beyond the middle of all lines.
			if (!second && filled > 0 && 2 * filled + lines(group) > lines) {
				column = add(BETWEEN);
				second = true;
			}
			filled += lines(group);
			final Label title = new Label(group.title);
			title.setFont(bold);
			column.add(title, line());
			for (final Metrics.Metric metric : group.metrics) {
				final Checkbox box = new Checkbox(metric.label + ": " + metric.summary, chosen.contains(metric.name));
				boxes.put(metric.name, box);
				column.add(box, line());
			}
		}
		scroll.add(columns);
	}

	/** Names of those that are checked, in the order in which they are listed. */
	List<String> chosen() {
		final List<String> names = new ArrayList<>();
		boxes.forEach((name, box) -> {
			if (box.getState()) names.add(name);
		});
		return names;
	}

	/** Puts them into a dialog. */
	void addTo(final GenericDialog dialog) {
		final Panel whole = new Panel(new GridLayout(1, 1));
		whole.add(scroll);
		dialog.addPanel(whole);
	}

	/** Makes room for all of them, or for as many as the screen holds; to be called once their sizes are known. */
	void fit() {
		final Dimension all = columns.getPreferredSize();
		final Dimension screen = GUI.getMaxWindowBounds().getSize();
		final int height = Math.min(all.height, screen.height - BELOW);
		final int width = Math.min(all.width + (height < all.height ? BAR : 0), screen.width - BAR);
		scroll.setPreferredSize(new Dimension(width + 4, height + 4));
		scroll.invalidate();
		scroll.getVAdjustable().setUnitIncrement(BAR);
	}

	private Panel add(final int left) {
		final Panel column = new Panel(new GridBagLayout());
		final GridBagConstraints place = new GridBagConstraints();
		place.anchor = GridBagConstraints.NORTHWEST;
		place.insets = new Insets(0, left, 0, 0);
		columns.add(column, place);
		return column;
	}

	/** A line of a column; one that is stretched has its words in the middle on some systems. */
	private static GridBagConstraints line() {
		final GridBagConstraints place = new GridBagConstraints();
		place.gridx = 0;
		place.anchor = GridBagConstraints.WEST;
		place.ipady = -TIGHTER;
		return place;
	}

	private static int lines(final Metrics.MetricGroup group) {
		return group.metrics.size() + 1;
	}
}
