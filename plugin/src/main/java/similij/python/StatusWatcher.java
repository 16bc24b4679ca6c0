// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.Inert;

import ij.IJ;

/** Tells an ImageJ without windows: the status bar has each line, the Log each line that says something new. */
final class StatusWatcher implements Watcher {

	private String logged = "";

	@Override
	public void show(final String words, final double share) {
		IJ.showStatus("Image Similarity: " + words);
		if (share >= 0) IJ.showProgress(share);
		// What stands in brackets counts on: a new line of the Log for each second of it helps nobody.
		final String step = words.replaceAll(" *\\(.*", "");
		if (!step.equals(logged)) IJ.log("Image Similarity: " + Inert.line(words));
		logged = step;
	}

	@Override
	public boolean isCancelled() {
		return IJ.escapePressed();
	}

	@Override
	public void close() {
		IJ.showProgress(1);
		IJ.showStatus("");
	}
}
