// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.options.FolderOptions;
import similij.options.OptionTable;
import similij.options.OptionTable.Part;
import similij.python.Backends;
import similij.run.FolderRunner;
import similij.wire.BackendException;
import similij.wire.Pair;

import ij.Prefs;
import ij.gui.GUI;
import ij.gui.MultiLineLabel;

import java.awt.AWTEvent;
import java.awt.Checkbox;
import java.awt.Color;
import java.awt.EventQueue;
import java.awt.GridBagConstraints;
import java.awt.Insets;
import java.awt.Panel;
import java.awt.Rectangle;
import java.awt.TextField;
import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The dialog of <i>Image Similarity of Two Folders...</i>: while it is open, a line says how many pairs there are and what
 * has no partner, and the field of the pattern shows what was recognised. OK closes it once Python has said that there
 * are pairs and that every entry can be read.
 */
public final class FolderDialog {

	private static final OptionTable TABLE = OptionTable.FOLDERS;
	private static final String PAGE = "two-folders";
	private static final String FOLDER_1 = "folder_1";
	private static final String FOLDER_2 = "folder_2";
	private static final String PAIR = "pair";
	private static final String SAVE = "save";
	/** Where results go: what was chosen for other folders must not be written over. */
	private static final List<String> OUTPUTS = Arrays.asList(SAVE, "plots", "report", "summary");
	/** What the box offers for them, in a folder beside the images. */
	private static final Map<String, String> FILES = new LinkedHashMap<>();
	static {
		FILES.put(SAVE, "rows.csv");
		FILES.put("plots", "pictures");
		FILES.put("report", "report.html");
	}
	private static final String ALL = "Table, pictures and report, in a folder beside folder 1";
	private static final String NO_FOLDER = "Choose or drop folder 1; where it has both images of each pair, that is all.";
	private static final String STARTING = "Asking Python for the pairs ...";
	private static final Color WRONG = new Color(0xb00020);
	/** Letters in a line of the check, its width in pixels, and how many lines there is room for. */
	private static final int LINE = 76;
	private static final int WIDTH = 520;
	private static final int LINES = 3;

	private final Window window = new Window();
	private final Form form = new Form(window, TABLE);
	private final List<Fold> folds = new ArrayList<>();
	private final MultiLineLabel words = new MultiLineLabel(room(STARTING), (int) (WIDTH * Prefs.getGuiScale()));
	private final LiveCheck check = new LiveCheck(answer -> EventQueue.invokeLater(() -> say(answer)));
	private Checkbox all;
	/** What was asked last: fields that the dialog itself writes tell so, too, and are no news. */
	private Map<String, String> asked = new HashMap<>();
	/** The folders that the places for results are of. */
	private String folders = "";
	/** What differs from the default, in words. */
	private Map<String, String> chosen = new LinkedHashMap<>();
	private String seen = "";
	private boolean waiting;
	private FolderOptions accepted;

	private FolderDialog() {}

	/** Shows the dialog; null if the user cancels. */
	public static FolderOptions ask() {
		final FolderOptions options = new FolderDialog().show();
		if (options == null) Recording.nothing();
		else Recording.record(options.recorded());
		return options;
	}

	private FolderOptions show() {
		TABLE.keys(Part.FIRST).forEach(this::add);
		window.addCheckbox(ALL, Remembered.flag(TABLE.name("all")));
		all = (Checkbox) window.getCheckboxes().get(window.getCheckboxes().size() - 1);
		addFold(Part.PICTURES, "Pictures, report and summary");
		addFold(Part.MORE, "More options");
		folders = bothFolders();
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
			askPairs();
			window.showDialog();
		}
		finally {
			check.close();
		}
		if (accepted == null) return null;
		remember();
		return accepted;
	}

	private void add(final String key) {
		final String last = remembered(key);
		form.add(key, last.isEmpty() ? null : last);
	}

	/** What was chosen last; folders that are no more are not offered, nor what belonged to them. */
	private static String remembered(final String key) {
		final String last = Remembered.text(TABLE.name(key));
		switch (TABLE.kind(key)) {
			case "choice":
				return Remembered.choice(TABLE.name(key), TABLE.choices(key));
			case "flag":
				return Boolean.toString(Boolean.parseBoolean(last));
			default:
				if (key.startsWith("folder_")) return new File(last).isDirectory() ? last : "";
				return OUTPUTS.contains(key) && !new File(Remembered.text(TABLE.name(FOLDER_1))).isDirectory() ? "" : last;
		}
	}

	private void addFold(final Part part, final String title) {
		final Fold[] made = new Fold[1];
		made[0] = new Fold(part, title, window, form, TABLE, () -> unfold(made[0], !made[0].isOpen()));
		folds.add(made[0]);
		TABLE.keys(part).forEach(this::add);
	}

	private String bothFolders() {
		return form.value(FOLDER_1) + "\n" + form.value(FOLDER_2);
	}

	/** Something was chosen or written. */
	private void change(final AWTEvent event) {
		refresh(event.getSource() == all);
		askPairs();
	}

	private void refresh() {
		refresh(false);
	}

	/** @param ticked whether the box was just ticked, or the tick taken away */
	private void refresh(final boolean ticked) {
		final boolean moved = !folders.equals(bothFolders());
		folders = bothFolders();
		// Rows of other folders would be written over.
		if (moved) OUTPUTS.stream().filter(key -> !form.isTouched(key)).forEach(key -> form.offer(key, ""));
		if (ticked && !all.getState()) FILES.forEach((key, name) -> {
			if (form.value(key).equals(place(name)) || !form.isTouched(key)) form.offer(key, "");
		});
		final boolean known = !form.value(FOLDER_1).isEmpty();
		if (all.getState() && known) FILES.forEach((key, name) -> {
			if (form.value(key).isEmpty()) form.offer(key, place(name));
		});
		chosen = chosen();
		folds.forEach(fold -> fold.show(chosen));
		resize();
	}

	/** Beside the folders, and called like them: two comparisons have two places. */
	private String place(final String name) {
		final File one = new File(form.value(FOLDER_1)).getAbsoluteFile();
		final String second = form.value(FOLDER_2);
		final String both = second.isEmpty() ? one.getName() : one.getName() + "_" + new File(second).getName();
		return new File(new File(one.getParentFile(), "similarity_" + both), name).getPath().replace('\\', '/');
	}

	/** Whether the pattern is the user's own, and not what was recognised. */
	private boolean isWritten() {
		return form.isTouched(PAIR) && !form.value(PAIR).isEmpty();
	}

	/** What is written, by key; a pattern only where the user wrote it. */
	private Map<String, String> given() {
		final Map<String, String> given = form.values();
		if (!isWritten()) given.remove(PAIR);
		return given;
	}

	private void askPairs() {
		final Map<String, String> given = given();
		if (given.equals(asked)) return;
		asked = given;
		stopWaiting();
		check.ask(new Pairs(given));
	}

	/** The pairs of what is written. */
	private static final class Pairs implements LiveCheck.Question {

		private final Map<String, String> given;
		/** Null before it was asked, and where there are none. */
		private Pair.Answer pairs;
		private String refusal;

		Pairs(final Map<String, String> given) {
			this.given = given;
		}

		@Override
		public String call() throws BackendException {
			if (given.get(FOLDER_1).isEmpty()) throw new BackendException(NO_FOLDER);
			try {
				pairs = FolderRunner.pairs(Backends::current, new FolderOptions(given::get));
				return pairs.words;
			}
			catch (final BackendException e) {
				refusal = e.getMessage();
				throw e;
			}
		}

		/** The entry without which there are pairs, else the first one without which the refusal is another one. */
		@Override
		public String toBlame() {
			String other = null;
			for (final String key : TABLE.keys()) {
				if (refusal == null || given.getOrDefault(key, "").isEmpty() || key.equals(FOLDER_1)) continue;
				final Map<String, String> fewer = new HashMap<>(given);
				fewer.remove(key);
				try {
					FolderRunner.pairs(Backends::current, new FolderOptions(fewer::get));
					return key;
				}
				catch (final BackendException e) {
					if (other == null && !e.getMessage().equals(refusal)) other = key;
				}
			}
			return other;
		}
	}

	/** Shows what the check says. */
	private void say(final LiveCheck.Answer answer) {
		final boolean begun = !form.value(FOLDER_1).isEmpty();
		final String where = answer.key == null ? "" : TABLE.label(answer.key) + ": ";
		words.setForeground(answer.fits || !begun ? Color.BLACK : WRONG);
		words.setText(room(where + answer.words));
		// It measures itself anew and tells nobody.
		words.invalidate();
		words.repaint();
		if (answer.question instanceof Pairs) show(((Pairs) answer.question).pairs, answer.key);
		resize();
	}

	/** Shows in the fields what was recognised, where the user has written nothing. */
	private void show(final Pair.Answer pairs, final String blamed) {
		final boolean other = pairs == null && blamed != null && !blamed.startsWith("folder_");
		if (!isWritten() && !other) form.offer(PAIR, pairs == null ? "" : pairs.pattern);
		if (pairs == null || pairs.folder2 == null || !form.value(FOLDER_2).isEmpty()) return;
		form.offer(FOLDER_2, pairs.folder2);
		// These are the pairs of it: asked again, it would be a question of two folders.
		refresh();
		asked = given();
	}

	/** OK: closes the dialog if there are pairs, else shows why there are none. */
	private void accept() {
		if (waiting) return;
		waiting = true;
		window.okay().setEnabled(false);
		final Pairs question = new Pairs(given());
		check.ask(question, answer -> EventQueue.invokeLater(() -> {
			if (!window.isShowing()) return;
			stopWaiting();
			say(answer);
			if (answer.fits) close();
			else if (answer.key != null) lead(answer.key);
		}));
	}

	private void stopWaiting() {
		waiting = false;
		window.okay().setEnabled(true);
	}

	private void close() {
		try {
			// With the pattern that was recognised: a macro then pairs as the user has seen it.
			accepted = new FolderOptions(form.values()::get);
			window.finish();
		}
		catch (final BackendException e) {
			say(new LiveCheck.Answer(false, e.getMessage(), null));
		}
	}

	/** Leads the user to the field of a key. */
	private void lead(final String key) {
		folds.stream().filter(fold -> fold.has(key) && !fold.isOpen()).forEach(fold -> unfold(fold, true));
		if (form.field(key) instanceof TextField) ((TextField) form.field(key)).selectAll();
		form.field(key).requestFocusInWindow();
	}

	private void unfold(final Fold fold, final boolean unfold) {
		fold.open(unfold);
		refresh();
		if (!unfold || window.getPreferredSize().height <= GUI.getMaxWindowBounds(window).height) return;
		folds.forEach(other -> other.open(other == fold));
		refresh();
	}

	/** What differs from the default, as a folded part says it. */
	private Map<String, String> chosen() {
		final Map<String, String> differing = new LinkedHashMap<>();
		for (final String key : TABLE.keys()) {
			final String word = form.value(key);
			final String kind = TABLE.kind(key);
			final String usual = kind.equals("choice") ? TABLE.choices(key).get(0) : kind.equals("flag") ? "false" : TABLE
				.initial(key);
			if (word.isEmpty() || word.equals(usual)) continue;
			final boolean path = kind.equals("file") || kind.equals("folder");
			differing.put(key, kind.equals("flag") ? TABLE.label(key) : TABLE.label(key) + " " + (path ? new File(word).getName()
				: word));
		}
		return differing;
	}

	/** Takes the size that what is seen needs. */
	private void resize() {
		final StringBuilder now = new StringBuilder().append(words.getPreferredSize());
		folds.forEach(fold -> {
			now.append(fold.isOpen());
			chosen.forEach((key, said) -> now.append(fold.has(key) ? said : ""));
		});
		if (now.toString().equals(seen)) return;
		seen = now.toString();
		if (!window.isShowing()) return;
		window.pack();
		final Rectangle screen = GUI.getMaxWindowBounds(window);
		final Rectangle bounds = window.getBounds();
		window.setLocation(Math.max(screen.x, Math.min(bounds.x, screen.x + screen.width - bounds.width)), Math.max(screen.y,
			Math.min(bounds.y, screen.y + screen.height - bounds.height)));
	}

	private void remember() {
		folds.forEach(Fold::remember);
		Remembered.keep(TABLE.name("all"), all.getState());
		for (final String key : TABLE.keys())
			Remembered.keep(TABLE.name(key), key.equals(PAIR) && !isWritten() ? "" : form.value(key));
	}

	/** Words in as many lines as there is room for, whatever their length. */
	private static String room(final String text) {
		final StringBuilder lines = new StringBuilder(Report.folded(text, LINE));
		long count = lines.chars().filter(letter -> letter == '\n').count() + 1;
		for (; count < LINES; count++)
			lines.append("\n ");
		return lines.toString();
	}

	/** The window. */
	private final class Window extends HelpedDialog {

		private static final long serialVersionUID = 1L;

		private Window() {
			super(FolderRunner.TITLE, PAGE);
		}

		@Override
		void accept() {
			FolderDialog.this.accept();
		}
	}
}
