// SPDX-License-Identifier: BSD-2-Clause
package similij;

import ij.IJ;

/** Plane x of y over all that one command does, and whether the user wants no more of it. */
final class Progress {

	private final int planes;
	private int before;
	private int rows;

	/** @param planes of the whole command */
	Progress(final int planes) {
		this.planes = planes;
	}

	/** Tells that plane {@code k} of the present comparison, counted from 0, is next. Esc ends it here. */
	void next(final int k) throws CancelledException {
		final int number = before + k + 1;
		if (IJ.escapePressed()) throw new CancelledException("Image Similarity: cancelled at plane " + number + " of " +
			planes + ", " + (rows == 0 ? "no row was added" : rows == 1 ? "the row so far is kept" : "the " + rows +
				" rows so far are kept"));
		if (planes == 1) return;
		IJ.showStatus("Image Similarity: plane " + number + " of " + planes);
		IJ.showProgress(number - 1, planes);
	}

	/** A comparison is done, and its rows are in the table. */
	void done(final int itsPlanes, final int itsRows) {
		before += itsPlanes;
		rows += itsRows;
	}
}
