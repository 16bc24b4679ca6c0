// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.BackendException;

import ij.IJ;
import ij.Prefs;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/**
 * Which Python the worker runs: the one of the preference {@code similij.python}, else the one that
 * {@code similij install} recorded, else the one of the environment variable {@code SIMILIJ_PYTHON}, else one that SimilIJ
 * installs. Each names an executable or the folder of an environment.
 */
public final class WorkerPython {

	static final String PREFERENCE = "similij.python";
	static final String VARIABLE = "SIMILIJ_PYTHON";
	/** In ImageJ's plugins folder; a line {@code python=/path}, in UTF-8, without escapes. */
	static final String RECORD = "similij.properties";

	private static final String[] IN_ENVIRONMENT = { "bin/python", "bin/python3", "Scripts/python.exe", "python.exe" };

	/** Null where SimilIJ installs one: it may not be there yet. */
	private final File executable;
	private final String origin;
	/** Null where somebody chose one. */
	private final OwnPython own;

	private WorkerPython(final File executable, final String origin, final OwnPython own) {
		this.executable = executable;
		this.origin = origin;
		this.own = own;
	}

	static WorkerPython find() throws BackendException {
		final String plugins = IJ.getDirectory("plugins");
		final File record = plugins == null ? null : new File(plugins, RECORD);
		return find(Prefs.get(PREFERENCE, null), record, System.getenv(VARIABLE));
	}

	static WorkerPython find(final String preference, final File record, final String variable)
		throws BackendException
	{
		if (isGiven(preference)) return at(preference, "the preference " + PREFERENCE,
			"Change it: run the macro line call(\"ij.Prefs.set\", \"" + PREFERENCE +
				"\", \"/path/to/python\"), or with \"\" to forget it.");
		final String recorded = record == null ? null : read(record);
		if (isGiven(recorded)) return at(recorded, "\"" + record.getPath() + "\"",
			"Run \"similij install <ImageJ or Fiji folder>\" with the Python to use.");
		if (isGiven(variable)) return at(variable, "the environment variable " + VARIABLE,
			"Set it to a Python that has the package similij, and restart ImageJ.");
		if (!OwnPython.isCarried()) throw new BackendException("No Python is chosen, and SimilIJ's jar, which \"similij " +
			"install\" added, cannot install one: run \"similij install <ImageJ or Fiji folder>\" again, or unpack SimilIJ's zip " +
			"over the folder of ImageJ, and restart ImageJ.");
		return new WorkerPython(null, "installed by SimilIJ", OwnPython.ofAppose());
	}

	private static boolean isGiven(final String path) {
		return path != null && !path.trim().isEmpty();
	}

	private static String read(final File record) throws BackendException {
		if (!record.isFile()) return null;
		try {
			for (final String line : Files.readAllLines(record.toPath(), StandardCharsets.UTF_8))
				if (line.startsWith("python=")) return line.substring("python=".length()).trim();
			return null;
		}
		catch (final IOException e) {
			throw new BackendException("\"" + record.getPath() + "\", which names the Python to use, could not be read (" + e
				.getMessage() + "): run \"similij install <ImageJ or Fiji folder>\" again.", e.toString());
		}
	}

	private static WorkerPython at(final String path, final String origin, final String change) throws BackendException {
		final File file = new File(path.trim());
		if (file.isFile()) return new WorkerPython(file.getAbsoluteFile(), origin, null);
		for (final String place : IN_ENVIRONMENT) {
			final File inside = new File(file, place);
			if (inside.isFile()) return new WorkerPython(inside.getAbsoluteFile(), origin, null);
		}
		throw new BackendException("The Python that " + origin + " names, \"" + path + "\", " + (file.isDirectory()
			? "is a folder without a Python in it. " : "does not exist. ") + change);
	}

	File executable() {
		return own == null ? executable : own.executable();
	}

	/** The environment that SimilIJ makes and keeps, whether it is there yet or not; null where another is chosen. */
	OwnPython own() {
		return own;
	}

	/** How a sentence names it. */
	@Override
	public String toString() {
		return "the Python \"" + executable() + "\" (" + (own == null ? "from " : "") + origin + ")";
	}

	@Override
	public boolean equals(final Object other) {
		return other instanceof WorkerPython && executable().equals(((WorkerPython) other).executable());
	}

	@Override
	public int hashCode() {
		return executable().hashCode();
	}
}
