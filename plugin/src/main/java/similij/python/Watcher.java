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

	/** A window where there are windows; else the status bar, and the Log for those who have no status bar. */
	static Watcher onScreen() {
		return GraphicsEnvironment.isHeadless() || IJ.getInstance() == null ? new StatusWatcher() : new InstallWindow();
	}
}
