// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.BackendException;
import similij.wire.Protocol;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.apposed.appose.Service;

/** From what a failed worker left behind to the sentence that tells the user what to do. */
public final class WorkerFailure {

	private static final Pattern MISSING = Pattern.compile("No module named '?([\\w.]+)");
	private static final Pattern EXIT_CODE = Pattern.compile("exit code (-?\\d+)");
	private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)");
	/** Of Python, as in {@code pyproject.toml}. */
	private static final int MINOR_NEEDED = 10;
	/** Killed from outside: on Linux mostly because memory ran out. */
	private static final String KILLED = "137";

	private WorkerFailure() {}

	/** What the worker wrote to its standard error. */
	static String stderr(final Service service) {
		return String.join(System.lineSeparator(), new ArrayList<>(service.errorLines()));
	}

	/** A task that ended in a Python exception, which the handler itself would have answered: the import failed. */
	static BackendException failed(final WorkerPython python, final String error) {
		final BackendException install = notInstalled(python, error);
		if (install != null) return install;
		final String text = error == null ? "" : error.trim();
		return new BackendException("Python failed: " + text.substring(text.lastIndexOf('\n') + 1) +
			". The Console has the details (Window > Console).", error);
	}

	/** A worker that is gone. */
	static BackendException died(final String report) {
		final String exit = exitCode(report);
		return new BackendException("The Python worker stopped while it worked" + (exit == null ? "" : " (exit code " + exit +
			(exit.equals(KILLED) ? ": killed, perhaps because memory ran out" : "") + ")") +
			", so nothing was compared. Run the command again: it starts a new one.", report);
	}

	/** A worker that lives and gives no answer. */
	static BackendException hangs(final Pulse.Finding finding, final String report) {
		final String what = finding == Pulse.Finding.IDLE
			? "lost its answer, perhaps because memory ran out," : "was silent for " + Pulse.SILENT_SECONDS +
				" seconds or more and computed nothing, stopped or out of memory,";
		return new BackendException("The Python worker " + what +
			" and was ended, so nothing was compared. Run the command again: it starts a new one.", report.isEmpty() ? null
				: report);
	}

	/** A Python that ended before it ever answered. */
	static BackendException didNotStart(final WorkerPython python, final String report) {
		final BackendException install = notInstalled(python, report);
		if (install != null) return install;
		final String exit = exitCode(report);
		return new BackendException(capital(python) + " ended" + (exit == null ? "" : " with exit code " + exit) +
			" before it answered: check in a terminal that it is a Python and that \"import similij\" works, or choose " +
			"another with \"similij install <ImageJ or Fiji folder>\".", report);
	}

	private static String exitCode(final String report) {
		final Matcher code = EXIT_CODE.matcher(report == null ? "" : report);
		return code.find() ? code.group(1) : null;
	}

	/** The sentence for a Python without the package, or null if that is not what the report tells. */
	private static BackendException notInstalled(final WorkerPython python, final String report) {
		final Matcher missing = MISSING.matcher(report == null ? "" : report);
		final boolean syntax = report != null && report.contains("SyntaxError");
		final boolean absent = missing.find();
		if (!absent && !syntax) return null;
		final String version = version(python.executable());
		if (isTooOld(version)) return new BackendException(capital(python) + " is Python " + version +
			"; SimilIJ needs 3." + MINOR_NEEDED + " or newer. Run \"similij install <ImageJ or Fiji folder>\" with a newer one.",
			report);
		if (!absent) return null;
		final String module = missing.group(1);
		final boolean old = module.startsWith("similij.");
		// Never by a name alone, "similij" or that of a module: an index may have something else under it. What the wheel of
		// a release needs, pip fetches with it.
		final String command = Protocol.installing(python.executable());
		return new BackendException(capital(python) + (old ? " has a package similij that is too old (it lacks " + module +
			")" : " lacks the package " + module) + ": run " + command +
			", or choose another Python with \"similij install <ImageJ or Fiji folder>\".", report);
	}

	private static String capital(final WorkerPython python) {
		final String words = python.toString();
		return Character.toUpperCase(words.charAt(0)) + words.substring(1);
	}

	private static boolean isTooOld(final String version) {
		final Matcher numbers = VERSION.matcher(version == null ? "" : version);
		if (!numbers.lookingAt()) return false;
		final int major = Integer.parseInt(numbers.group(1));
		return major < 3 || major == 3 && Integer.parseInt(numbers.group(2)) < MINOR_NEEDED;
	}

	/** The version that an executable tells of itself; null if it tells none. */
	private static String version(final File executable) {
		final List<String> command = new ArrayList<>();
		command.add(executable.getPath());
		command.add("-c");
		command.add("import sys; print('%d.%d.%d' % sys.version_info[:3])");
		try {
			final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
			process.getOutputStream().close();
			if (!process.waitFor(5, TimeUnit.SECONDS)) {
				process.destroyForcibly();
				return null;
			}
			try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(),
				StandardCharsets.UTF_8)))
			{
				return out.readLine();
			}
		}
		catch (final IOException e) {
			return null;
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
			return null;
		}
	}
}
