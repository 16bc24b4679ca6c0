// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.options.OptionTable;
import similij.options.OptionTable.Part;
import similij.wire.BackendException;

import ij.Prefs;
import ij.gui.GUI;
import ij.gui.MultiLineLabel;

import java.awt.AWTEvent;
import java.awt.Color;
import java.awt.Component;
import java.awt.EventQueue;
import java.awt.GridBagConstraints;
import java.awt.Insets;
import java.awt.Panel;
import java.awt.Rectangle;
import java.awt.TextField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A dialog of a table of options that is checked while it is open: a line below the fields says what Python thinks of
 * what is written. What a first try needs is seen, the rest is folded below it. OK closes it only once Python has agreed;
 * until then a red line says what is wrong, and leads to its field.
 *
 * @param <Q> what is asked of Python
 */
abstract class CheckedDialog<Q extends LiveCheck.Question> {

	private static final Color WRONG = new Color(0xb00020);

	final HelpedDialog window;
	final Form form;
	final List<Fold> folds = new ArrayList<>();
	private final OptionTable table;
	private final int letters;
	private final int lines;
	private final MultiLineLabel words;
	private final LiveCheck live = new LiveCheck(answer -> EventQueue.invokeLater(() -> say(answer)));
	/** What is seen of the dialog, in words; where it changes, the window takes another size. */
	private String seen = "";
	/** What was written when OK was pressed and not yet answered; null: it was not. */
	private Map<String, String> awaited;

	/**
	 * @param page of the docs, for <i>Help</i>
	 * @param starting what the line says at first
	 * @param letters in a line of the check
	 * @param width of it in pixels
	 * @param lines that there is always room for
	 */
	CheckedDialog(final String title, final String page, final OptionTable table, final String starting,
		final int letters, final int width, final int lines)
	{
		this.table = table;
		this.letters = letters;
		this.lines = lines;
		words = new MultiLineLabel(room(starting), (int) (width * Prefs.getGuiScale()));
		window = new HelpedDialog(title, page) {

			private static final long serialVersionUID = 1L;

			@Override
			void accept() {
				CheckedDialog.this.accept();
			}
		};
		form = new Form(window, table);
	}

	/** What is written, by key, without what is not the user's or has no meaning now. */
	abstract Map<String, String> given();

	abstract Q question(Map<String, String> given);

	/** Something was chosen or written. */
	abstract void change(AWTEvent event);

	/** Asks Python about what is written. */
	abstract void check();

	/** Shows the fields that make sense for what is written, and what is folded. */
	abstract void showFields();

	/** How a folded part says what was chosen. */
	abstract String inWords(String key, String word);

	/** Python agrees: keeps what is to be done. */
	abstract void take(Q question) throws BackendException;

	/** What else the size of the window depends on, in words. */
	abstract String look();

	/** The key of the field where the user is to look. */
	String fieldOf(final String key) {
		return key;
	}

	boolean isWrong(final LiveCheck.Answer answer) {
		return !answer.fits;
	}

	/** Called once an answer is in the line. */
	void said(final LiveCheck.Answer answer) {}

	/** Puts the line below all fields, and shows the dialog until it is closed. */
	final void run() {
		final Panel below = new Panel();
		below.add(words);
		window.addPanel(below, GridBagConstraints.WEST, new Insets(10, 0, 0, 0));
		window.addDialogListener((changed, event) -> {
			// ImageJ tells once more when the dialog is closed, with no event.
			if (event != null) change(event);
			return true;
		});
		try {
			refresh();
			check();
			window.showDialog();
		}
		finally {
			live.close();
		}
	}

	/** Adds a part that folds, with its keys. */
	final Fold addFold(final Part part, final String title, final Consumer<String> add) {
		final Fold[] made = new Fold[1];
		made[0] = new Fold(part, title, window, form, table, () -> unfold(made[0], !made[0].isOpen()));
		folds.add(made[0]);
		table.keys(part).forEach(add);
		return made[0];
	}

	/** The folded part that has a key; null where none has. */
	final Fold fold(final String key) {
		return folds.stream().filter(fold -> fold.has(key)).findFirst().orElse(null);
	}

	private void unfold(final Fold fold, final boolean unfold) {
		fold.open(unfold);
		showFields();
		// Where the screen is too small for all, only one part stays unfolded.
		final boolean high = window.getPreferredSize().height > GUI.getMaxWindowBounds(window).height;
		if (unfold && high) folds.forEach(other -> other.open(other == fold));
		refresh();
	}

	final void refresh() {
		showFields();
		resize();
	}

	/** Takes the size that what is seen needs, and stays on the screen. */
	private void resize() {
		final StringBuilder now = new StringBuilder().append(words.getPreferredSize()).append(look());
		for (final Fold fold : folds)
			now.append(fold.isOpen());
		if (now.toString().equals(seen)) return;
		seen = now.toString();
		if (!window.isShowing()) return;
		window.pack();
		final Rectangle screen = GUI.getMaxWindowBounds(window);
		final Rectangle bounds = window.getBounds();
		final int x = Math.max(screen.x, Math.min(bounds.x, screen.x + screen.width - bounds.width));
		final int y = Math.max(screen.y, Math.min(bounds.y, screen.y + screen.height - bounds.height));
		if (x != bounds.x || y != bounds.y) window.setLocation(x, y);
	}

	/** What differs from the default, as a folded part says it. */
	final Map<String, String> chosen(final Map<String, String> written) {
		final Map<String, String> chosen = new LinkedHashMap<>();
		for (final String key : table.keys()) {
			final String word = written.getOrDefault(key, "");
			final String kind = table.kind(key);
			final String usual = kind.equals("choice") ? table.choices(key).get(0) : kind.equals("flag") ? "false" : table
				.initial(key);
			if (word.isEmpty() || word.equals(usual)) continue;
			chosen.put(key, kind.equals("flag") ? table.label(key) : table.label(key) + " " + inWords(key, word));
		}
		return chosen;
	}

	final void check(final Map<String, String> given) {
		live.ask(question(given));
	}

	/** Shows what the check says. */
	final void say(final LiveCheck.Answer answer) {
		final String where = answer.key == null ? "" : table.label(answer.key) + ": ";
		words.setForeground(isWrong(answer) ? WRONG : Color.BLACK);
		words.setText(room(where + answer.words));
		// It measures itself anew and tells nobody.
		words.invalidate();
		words.repaint();
		said(answer);
		resize();
	}

	/** OK: closes the dialog if Python agrees, else shows why it does not, and where. */
	private void accept() {
		if (awaited != null) return;
		refresh();
		awaited = given();
		window.okay().setEnabled(false);
		final Q question = question(awaited);
		live.ask(question, answer -> EventQueue.invokeLater(() -> {
			if (!window.isShowing()) return;
			stopWaiting();
			say(answer);
			if (answer.fits) close(question);
			else if (answer.key != null) lead(answer.key);
		}));
	}

	/** Whether OK was pressed for just this, and is not answered yet. */
	final boolean awaits(final Map<String, String> given) {
		return given.equals(awaited);
	}

	final void stopWaiting() {
		awaited = null;
		window.okay().setEnabled(true);
	}

	private void close(final Q question) {
		try {
			take(question);
			window.finish();
		}
		catch (final BackendException e) {
			say(new LiveCheck.Answer(false, e.getMessage(), null));
		}
	}

	/** Leads the user to the field of a key. */
	private void lead(final String key) {
		final Fold fold = fold(key);
		if (fold != null && !fold.isOpen()) unfold(fold, true);
		final Component field = form.field(fieldOf(key));
		if (field instanceof TextField) ((TextField) field).selectAll();
		field.requestFocusInWindow();
	}

	/** Words in as many lines as there is room for, whatever their length. */
	private String room(final String text) {
		final StringBuilder folded = new StringBuilder(Report.folded(text, letters));
		long count = folded.chars().filter(letter -> letter == '\n').count() + 1;
		for (; count < lines; count++)
			folded.append("\n ");
		return folded.toString();
	}
}
