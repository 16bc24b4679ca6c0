// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.options.FolderOptions;
import similij.options.OptionTable;
import similij.options.OptionTable.Part;
import similij.python.Backends;
import similij.run.FolderRunner;
import similij.wire.BackendException;
import similij.wire.Pair;

import java.awt.AWTEvent;
import java.awt.Checkbox;
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
public final class FolderDialog extends CheckedDialog<FolderDialog.Pairs> {

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
	/** Letters in a line of the check, its width in pixels, and how many lines there is room for. */
	private static final int LINE = 76;
	private static final int WIDTH = 520;
	private static final int LINES = 3;

	private Checkbox all;
	/** What was asked last: fields that the dialog itself writes tell so, too, and are no news. */
	private Map<String, String> asked = new HashMap<>();
	/** The folders that the places for results are of. */
	private String folders = "";
	private FolderOptions accepted;

	private FolderDialog() {
		super(FolderRunner.TITLE, PAGE, TABLE, STARTING, LINE, WIDTH, LINES);
	}

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
		addFold(Part.PICTURES, "Pictures, report and summary", this::add);
		addFold(Part.MORE, "More options", this::add);
		folders = bothFolders();
		run();
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

	private String bothFolders() {
		return form.value(FOLDER_1) + "\n" + form.value(FOLDER_2);
	}

	@Override
	void change(final AWTEvent event) {
		if (event.getSource() == all && !all.getState()) FILES.forEach((key, name) -> {
			if (form.value(key).equals(place(name)) || !form.isTouched(key)) form.offer(key, "");
		});
		refresh();
		check();
	}

	@Override
	void showFields() {
		final boolean moved = !folders.equals(bothFolders());
		folders = bothFolders();
		// Rows of other folders would be written over.
		if (moved) OUTPUTS.stream().filter(key -> !form.isTouched(key)).forEach(key -> form.offer(key, ""));
		final boolean known = !form.value(FOLDER_1).isEmpty();
		if (all.getState() && known) FILES.forEach((key, name) -> {
			if (form.value(key).isEmpty()) form.offer(key, place(name));
		});
		final Map<String, String> chosen = chosen(form.values());
		folds.forEach(fold -> fold.show(chosen));
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
	@Override
	Map<String, String> given() {
		final Map<String, String> given = form.values();
		if (!isWritten()) given.remove(PAIR);
		return given;
	}

	@Override
	void check() {
		final Map<String, String> given = given();
		if (given.equals(asked)) return;
		asked = given;
		stopWaiting();
		check(given);
	}

	@Override
	Pairs question(final Map<String, String> given) {
		return new Pairs(given);
	}

	/** The pairs of what is written. */
	static final class Pairs implements LiveCheck.Question {

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

		@Override
		public String toBlame() {
			if (refusal == null) return null;
			final List<String> suspects = new ArrayList<>(TABLE.keys());
			suspects.removeIf(key -> given.getOrDefault(key, "").isEmpty() || key.equals(FOLDER_1));
			return LiveCheck.toBlame(suspects, refusal, key -> {
				final Map<String, String> fewer = new HashMap<>(given);
				fewer.remove(key);
				FolderRunner.pairs(Backends::current, new FolderOptions(fewer::get));
			});
		}
	}

	/** Before a folder is named there is nothing wrong. */
	@Override
	boolean isWrong(final LiveCheck.Answer answer) {
		return !answer.fits && !form.value(FOLDER_1).isEmpty();
	}

	@Override
	void said(final LiveCheck.Answer answer) {
		if (answer.question instanceof Pairs) show(((Pairs) answer.question).pairs, answer.key);
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

	/** With the pattern that was recognised: a macro then pairs as the user has seen it. */
	@Override
	void take(final Pairs question) throws BackendException {
		accepted = new FolderOptions(form.values()::get);
	}

	@Override
	String inWords(final String key, final String word) {
		final boolean path = TABLE.kind(key).equals("file") || TABLE.kind(key).equals("folder");
		return path ? new File(word).getName() : word;
	}

	/** What a folded part says may be wider than the window. */
	@Override
	String look() {
		final StringBuilder look = new StringBuilder();
		final Map<String, String> chosen = chosen(form.values());
		folds.forEach(fold -> chosen.forEach((key, word) -> look.append(fold.has(key) ? word : "")));
		return look.toString();
	}

	private void remember() {
		folds.forEach(Fold::remember);
		Remembered.keep(TABLE.name("all"), all.getState());
		for (final String key : TABLE.keys())
			Remembered.keep(TABLE.name(key), key.equals(PAIR) && !isWritten() ? "" : form.value(key));
	}
}
