// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.About;
import similij.wire.BackendException;
import similij.wire.Protocol;

import java.util.ArrayList;
import java.util.List;

/** Which Python answers and how it was found, in lines for people; and the one that SimilIJ installs, renewed or removed. */
public final class AboutPython {

	private AboutPython() {}

	/** Starts the Python that answers, but installs none. */
	public static List<String> lines() {
		final List<String> lines = new ArrayList<>();
		lines.add("SimilIJ " + Protocol.JAR + ": how alike are two images, and where do they differ?");
		try {
			lines.add("Answered by " + Backends.how());
			lines.addAll(new About().ask(Backends.ready()));
		}
		catch (final BackendException e) {
			lines.add(e.getMessage());
		}
		if (FijiPython.reason() != null) lines.add("Fiji runs in its Python mode, but its Python does not answer: " + FijiPython
			.reason());
		// Its file, since Appose itself tells no version where its jar was not made for that.
		final String appose = Backends.appose();
		if (appose != null) lines.add("Java library " + appose);
		return lines;
	}

	/** Whether it is installed yet. */
	public static boolean isThere() throws BackendException {
		final OwnPython own = Backends.own();
		return own != null && own.stage() != OwnPython.Stage.NONE;
	}

	/** Whether the Python is one that SimilIJ installs, and not one that somebody chose. */
	public static boolean isOwn() {
		try {
			return Backends.own() != null;
		}
		catch (final BackendException e) {
			return false;
		}
	}

	/** Installs it again. */
	public static void update() throws BackendException {
		remove();
		Backends.current();
	}

	/** Removes it: the next use installs it again. */
	public static void remove() throws BackendException {
		final OwnPython own = Backends.own();
		if (own == null) throw new BackendException("The Python that answers was not installed by SimilIJ but chosen (" +
			Backends.how() + "): update or remove it where it was installed, with pip.");
		Backends.endWorker();
		try (Watcher watcher = Watcher.onScreen(Watcher.REMOVING)) {
			own.remove(watcher);
		}
	}
}
