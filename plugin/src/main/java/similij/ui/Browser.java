// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import ij.IJ;

import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Opens an address in the user's browser, and knows whether that went well.
 * <p>
 * ImageJ's {@code BrowserLauncher} does not: where it finds none it shows an error of its own and returns, and where
 * {@code xdg-open} is there and no browser behind it, as on many servers, nothing happens at all. Java's
 * {@code Desktop.browse} needs libraries of GNOME on Linux, and says it has opened what nobody sees.
 * </p>
 */
final class Browser {

	/** Seconds in which a program that has nothing to open the address with says so; a browser that runs longer is one. */
	private static final int PATIENCE_SECONDS = 10;
	private static final List<String> ON_LINUX = Arrays.asList("xdg-open", "x-www-browser", "firefox", "chromium",
		"google-chrome");

	private Browser() {}

	/** Whether the address is open now. */
	static boolean open(final String address) {
		if (IJ.isMacOSX()) return runs("open", address);
		if (IJ.isWindows()) return runs("rundll32", "url.dll,FileProtocolHandler", address);
		return ON_LINUX.stream().anyMatch(program -> runs(program, address));
	}

	private static boolean runs(final String... command) {
		final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
		// Not a pipe, which would fill up with what a browser has to say while it runs.
		builder.redirectOutput(nowhere());
		try {
			final Process process = builder.start();
			return !process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() == 0;
		}
		catch (final IOException e) {
			return false;
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private static File nowhere() {
		return new File(IJ.isWindows() ? "NUL" : "/dev/null");
	}
}
