// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import ij.IJ;
import ij.Prefs;
import ij.WindowManager;
import ij.gui.GUI;
import ij.measure.ResultsTable;
import ij.plugin.filter.Analyzer;
import ij.text.TextPanel;
import ij.text.TextWindow;

import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Frame;
import java.awt.GraphicsEnvironment;
import java.awt.Rectangle;
import java.util.ArrayList;

/**
 * The window of a table, in ImageJ's own kind: opened as wide as its numbers need, never touched in size once it is open,
 * with the rows of the last run marked below those that were there before.
 */
final class TableWindow {

	/** Title of the one that macros know. */
	static final String RESULTS = "Results";

	/** As high as ImageJ opens a table. */
	private static final int HEIGHT = 300;
	private static final int NARROWEST = 400;
	/** Share of the screen's width that it opens with at most. */
	private static final double WIDEST = 0.9;
	/** Pixels that ImageJ adds to the widest cell of a column, those of a scroll bar, and those of a cell that is wide enough. */
	private static final int PADDING = 15;
	private static final int BAR = 34;
	private static final int WIDE = 280;
	/** Rows that ImageJ looks at for the width of a column. */
	private static final int LOOKED_AT = 20;
	/** Sizes of letters in ImageJ's tables, and which one of them by default. */
	private static final int[] LETTERS = { 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 36, 48, 60, 72 };
	private static final int USUAL_LETTERS = 6;

	private final String title;
	private final ResultsTable table;
	/** The window that it opens below; null: where ImageJ puts it. */
	private Frame above;

	TableWindow(final String title, final ResultsTable table) {
		this.title = title;
		this.table = table;
	}

	/** Lets it open below another table, which it would cover where both are as wide. */
	TableWindow below(final String other) {
		if (!GraphicsEnvironment.isHeadless()) above = WindowManager.getFrame(other);
		return this;
	}

	/**
	 * Shows the table, where there are windows.
	 *
	 * @param fresh rows that were appended last; 0: others have changed
	 * @param numbers heading of the first column that should be in sight
	 */
	void show(final int fresh, final String numbers) {
		if (GraphicsEnvironment.isHeadless() || IJ.getInstance() == null) return;
		final boolean opens = open() == null;
		final TextPanel panel = opens ? opened() : open();
		final int before = table.size() - fresh;
		final int shown = before == 0 ? 0 : TableView.shown(table, panel.getColumnHeadings());
		final boolean appends = fresh > 0 && shown > 0 && panel.getLineCount() == before && panel.getResultsTable() == table;
		final TableView view = new TableView(table, appends ? shown : 0, appends ? before : 0);
		// A remark changes rows that are there: those that are marked stay so.
		final int start = fresh == 0 ? Math.max(0, panel.getSelectionStart()) : startOfRun(panel, before);
		if (appends && view.headings().equals(panel.getColumnHeadings())) {
			final ArrayList<String> lines = new ArrayList<>();
			for (int row = before; row < table.size(); row++)
				lines.add(view.line(row));
			panel.append(lines);
		}
		else {
			panel.setColumnHeadings(view.headings());
			panel.setResultsTable(table);
			for (int row = 0; row < table.size(); row++)
				panel.appendWithoutUpdate(view.line(row));
			panel.updateDisplay();
			if (before == 0) panel.scrollToTop();
		}
		if (title.equals(RESULTS)) Analyzer.setUnsavedMeasurements(true);
		if (opens) fit((Frame) panel.getParent(), view);
		else if (!firstIs(numbers)) {
			// A window of the user's own size, whose first columns are of other commands. Widths are worked out by the first call.
			panel.scrollToTop();
			panel.showCell(before, numbers);
		}
		if (start > 0) panel.setSelection(start, table.size() - 1);
	}

	/** Whether the table begins with a column; nobody needs to scroll to it then. */
	private boolean firstIs(final String heading) {
		final String[] headings = table.getHeadings();
		return headings.length == 0 || headings[0].equals(heading);
	}

	/** Null where there is no such window. */
	private TextPanel open() {
		if (title.equals(RESULTS)) return IJ.isResultsWindow() ? IJ.getTextPanel() : null;
		final Frame frame = WindowManager.getFrame(title);
		return frame instanceof TextWindow ? ((TextWindow) frame).getTextPanel() : null;
	}

	private TextPanel opened() {
		return title.equals(RESULTS) ? IJ.getTextPanel() : new TextWindow(title, "", NARROWEST, HEIGHT).getTextPanel();
	}

	/** The first row of the run that the last row is of; 0 where all rows are of that run, and none needs a mark. */
	private int startOfRun(final TextPanel panel, final int before) {
		if (before == 0 || before == table.size() || run(0).equals(run(before))) return 0;
		final int marked = panel.getSelectionStart();
		final boolean goesOn = marked >= 0 && panel.getSelectionEnd() == before - 1 && run(marked).equals(run(before));
		return goesOn ? marked : before;
	}

	private String run(final int row) {
		return table.getStringValue(Rows.RUN, row);
	}

	/** As wide as what it shows, on the screen, around where it was. */
	private void fit(final Frame frame, final TableView view) {
		final Rectangle screen = GUI.getMaxWindowBounds(frame);
		final Rectangle now = frame.getBounds();
		final int needed = columns(frame, view) + BAR + frame.getInsets().left + frame.getInsets().right;
		final int width = Math.max(now.width, Math.min(needed, (int) (WIDEST * screen.width)));
		final int left = Math.min(now.x - (width - now.width) / 2, screen.x + screen.width - width);
		frame.setBounds(Math.max(screen.x, left), now.y, width, now.height);
		if (above != null) {
			final Rectangle other = above.getBounds();
			final int top = Math.min(other.y + other.height, screen.y + screen.height - now.height);
			frame.setLocation(Math.max(screen.x, Math.min(other.x, screen.x + screen.width - width)), top);
		}
		frame.validate();
	}

	/** Pixels of all columns: ImageJ knows them once it has painted the table, which may be after this has returned. */
	private int columns(final Frame frame, final TableView view) {
		final int letters = LETTERS[Math.max(0, Math.min((int) Prefs.get("tw.font.size", USUAL_LETTERS), LETTERS.length - 1))];
		final FontMetrics metrics = frame.getFontMetrics(new Font(Font.SANS_SERIF, Font.PLAIN, letters));
		final String[] headings = view.headings().split("\t");
		final int[] widths = new int[headings.length];
		for (int row = -1; row < Math.min(table.size(), LOOKED_AT); row++) {
			final String[] cells = row < 0 ? headings : view.line(row).split("\t");
			for (int k = 0; k < Math.min(cells.length, widths.length); k++)
				widths[k] = Math.max(widths[k], Math.min(WIDE, metrics.stringWidth(cells[k])));
		}
		int sum = 0;
		for (final int width : widths)
			sum += width + PADDING;
		return sum;
	}
}
