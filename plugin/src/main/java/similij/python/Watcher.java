// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import ij.IJ;

import java.awt.GraphicsEnvironment;

/** Whoever looks on while Python is installed, and may end it. */
interface Watcher extends AutoCloseable {

	/**
	 * Tells how it goes on.
	 *
	 * @param words what is done now, and how much of it
	 * @param share of all there is to do, 0 to 1; negative where nobody knows
	 */
	void show(String words, double share);

	/** Whether the user has had enough. */
	boolean isCancelled();

	@Override
	void close();

	/** For whoever has no Python for SimilIJ yet. */
	String FIRST = "The numbers come from Python. SimilIJ installs one of its own, once: about 80 MB are\n" +
		"fetched, which mostly takes one to three minutes. Nothing else on this computer changes.";
	/** For whoever wants what the first number could do without. */
	String REST = "Pictures, statistics and tables need packages of Python that are not here yet: about\n" +
		"110 MB are fetched, once. What you asked for goes on as soon as they are here.";
	/** For whoever removes it. */
	String REMOVING = "The Python that SimilIJ installed is removed.";

	/**
	 * A window where there are windows; else the status bar, and the Log for those who have no status bar.
	 *
	 * @param what the lines that the window begins with
	 */
	static Watcher onScreen(final String what) {
		return GraphicsEnvironment.isHeadless() || IJ.getInstance() == null ? new StatusWatcher() : new InstallWindow(what);
	}
}
