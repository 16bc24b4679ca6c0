// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.python.AboutPython;
import similij.ui.AboutDialog;
import similij.ui.Report;

import ij.IJ;
import ij.Macro;
import ij.plugin.PlugIn;

import java.awt.GraphicsEnvironment;
import java.util.Arrays;
import java.util.List;

/**
 * <i>Analyze ▸ Colocalization ▸ About Image Similarity...</i>: versions, which Python answers and how it was found; and the
 * Python that SimilIJ installs, made anew or removed. From a macro, and without windows, the same goes to the Log:
 * {@code run("About Image Similarity...", "update")}, {@code "remove"}.
 */
public class Image_Similarity_About implements PlugIn {

	@Override
	public void run(final String arg) {
		Report.around(AboutDialog.TITLE, () -> {
			final String macro = Macro.getOptions();
			if (macro == null && !GraphicsEnvironment.isHeadless()) {
				AboutDialog.show();
				return;
			}
			final List<String> words = Arrays.asList(macro == null ? new String[0] : macro.trim().split(" +"));
			if (words.contains("remove")) AboutPython.remove();
			if (words.contains("update")) AboutPython.update();
			AboutPython.lines().forEach(IJ::log);
		});
	}
}
