// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.wire.CancelledException;

import ij.IJ;

/** Plane (or image) x of y over all that one command does, and whether the user wants no more of it. */
public final class Progress {

	private static final String PICTURE = "picture";

	private final String title;
	private final String kind;
	private final int planes;
	private volatile int before;
	private volatile int rows;
	private volatile int number;
	private volatile boolean cancelled;
	/** The file that is being opened; null where none is. */
	private volatile String file;

	/** @param planes of the whole command */
	Progress(final int planes) {
		this("plane", planes);
	}

	/** @param kind what is counted: planes, or images */
	Progress(final String kind, final int planes) {
		this(Similarity.TITLE, kind, planes);
	}

	/** @param title of the command */
	Progress(final String title, final String kind, final int planes) {
		this.title = title;
		this.kind = kind;
		this.planes = planes;
	}

	/** Pictures of rows that are all there. */
	static Progress ofPictures(final int pictures) {
		return new Progress(PICTURE, pictures);
	}

	/** Tells that plane {@code k} of the present comparison, counted from 0, is next. Esc ends it here. */
	void next(final int k) throws CancelledException {
		look(before + k + 1);
		if (planes != 1) tell("");
	}

	/** So many are done, by whoever counts them. Esc ends it here: work that is done at once never looks. */
	void at(final int done) throws CancelledException {
		look(Math.min(done + 1, planes));
	}

	/** Tells that something is next, and what it is called. */
	void next(final int k, final String words) throws CancelledException {
		look(before + k + 1);
		tell(", " + words);
	}

	/** Looks whether the user wants no more, before what has this number begins. */
	private void look(final int next) throws CancelledException {
		number = next;
		if (cancelled || IJ.escapePressed()) throw cancel();
	}

	/** Tells which file is being opened, which the user may wait for; null: it is open. */
	void opens(final String name) {
		file = name;
	}

	private void tell(final String words) {
		IJ.showStatus(title + ": " + kind + " " + number + " of " + planes + words);
		IJ.showProgress(number - 1, planes);
	}

	/** A comparison is done, and its rows are in the table. */
	void done(final int itsPlanes, final int itsRows) {
		before += itsPlanes;
		rows += itsRows;
	}

	/** No more planes; the exception says so. */
	CancelledException cancel() {
		cancelled = true;
		if (kind.equals(PICTURE)) return new CancelledException(title + ": cancelled at " + kind + " " + number + " of " +
			planes + ", the rows and the pictures so far are kept", true);
		final String kept = rows == 0 ? "no row was added" : rows == 1 ? "the row so far is kept" : "the " + rows +
			" rows so far are kept";
		// What counts the next one may not have come to it yet, in its own thread.
		final int at = Math.max(number, Math.min(before + 1, planes));
		return new CancelledException(title + ": cancelled at " + kind + " " + at + " of " + planes + (file == null ? ""
			: ", while \"" + file + "\" was opened") + ", " + kept);
	}
}
