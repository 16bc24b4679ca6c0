// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Inert;
import similij.wire.Protocol;

import ij.IJ;

import java.io.File;
import java.security.CodeSource;
import java.util.function.Function;

/**
 * Which Python answers: the one that hosts this JVM, if it has registered itself; otherwise the worker.
 * <p>
 * What must outlive a command (the registration, the warm worker) is kept in ImageJ's own properties and not in static
 * fields, so that it also survives ImageJ's <i>Refresh Menus</i>, which loads these classes anew.
 * </p>
 */
public final class Backends {

	/** Python puts a {@link Function} here: map in, map out. */
	static final String REGISTERED = "similij.backend";

	private static final String EMBEDDED = "similij.embedded";
	private static final String WORKER = "similij.worker";

	private Backends() {}

	/**
	 * The Python that answers now. A registered one goes first: who hosts ImageJ in a notebook wants its numbers from there,
	 * also where a worker is running.
	 */
	public static synchronized Backend current() throws BackendException {
		final Function<?, ?> function = hosted();
		if (function != null) return embedded(function);
		try {
			return worker();
		}
		catch (final LinkageError e) {
			throw lacksLibrary(e);
		}
	}

	/**
	 * What to say where Python must be installed first, which nobody has asked for yet: for the line of an open dialog.
	 * Null where it is there.
	 */
	public static String notYet() throws BackendException {
		final OwnPython own = own();
		return own == null || own.stage() != OwnPython.Stage.NONE ? null
			: "Python is not installed yet: the first comparison fetches it, once (about 80 MB).";
	}

	/** The Python that answers now, but none that must be installed first. */
	public static Backend ready() throws BackendException {
		final String notYet = notYet();
		if (notYet != null) throw new BackendException(notYet);
		return current();
	}

	/** The Python that SimilIJ installs, there or not; null where another answers. */
	static OwnPython own() throws BackendException {
		return hosted() != null ? null : chosen().own();
	}

	/** The Python that a worker runs, there or not; one that nobody chose lies in a folder that Appose knows. */
	private static WorkerPython chosen() throws BackendException {
		try {
			return WorkerPython.find();
		}
		catch (final LinkageError e) {
			throw lacksLibrary(e);
		}
	}

	/** Which Python answers, and how it was found. */
	static String how() throws BackendException {
		if (hosted() != null) return FijiPython.isRegistered() ? "Fiji's Python, in this process (Python mode)"
			: "the Python that hosts ImageJ, in this process";
		final WorkerPython python = chosen();
		return "a worker: " + python + (python.own() == null ? "" : python.own().inWords());
	}

	/** Lets go of the worker, so that nobody uses its files. */
	static synchronized void endWorker() {
		final Object kept = IJ.getProperty(WORKER);
		if (kept instanceof AutoCloseable) closeQuietly((AutoCloseable) kept);
		IJ.setProperty(WORKER, null);
	}

	/** What Python has registered, if it hosts this JVM; null if it does not. */
	private static Function<?, ?> hosted() {
		if (!(IJ.getProperty(REGISTERED) instanceof Function)) FijiPython.register();
		final Object function = IJ.getProperty(REGISTERED);
		return function instanceof Function ? (Function<?, ?>) function : null;
	}

	/** A class or method is missing that only the worker needs: of Appose, which is absent or too old, or what it needs. */
	static BackendException lacksLibrary(final LinkageError e) {
		final String present = appose();
		if (present != null && (e instanceof NoSuchMethodError || String.valueOf(e.getMessage()).contains("appose")))
			return new BackendException("The library Appose that ImageJ loads, \"" + present + "\", is too old for SimilIJ, which " +
				"needs 0.8 or later: update Fiji (Help > Update...), or run \"similij install <ImageJ or Fiji folder>\", which sets " +
				"it aside and adds a newer one, then restart ImageJ.", e.toString());
		return new BackendException("ImageJ lacks Appose, the library that starts Python for it, or a part of it (" + e
			.getMessage() + "): unpack SimilIJ's zip over the folder of ImageJ again, or run \"similij install <ImageJ or Fiji " +
			"folder>\", which adds it, then restart ImageJ.", e.toString());
	}

	/** The file that Appose is loaded from; null where there is none. */
	static String appose() {
		try {
			final CodeSource source = Class.forName("org.apposed.appose.Appose", false, Backends.class.getClassLoader())
				.getProtectionDomain().getCodeSource();
			return source == null ? null : new File(source.getLocation().getPath()).getPath();
		}
		catch (final ClassNotFoundException | LinkageError missing) {
			return null;
		}
	}

	private static Backend embedded(final Function<?, ?> function) throws BackendException {
		final Object kept = IJ.getProperty(EMBEDDED);
		if (kept instanceof EmbeddedBackend && ((EmbeddedBackend) kept).serves(function)) return (Backend) kept;
		final EmbeddedBackend fresh = new EmbeddedBackend(function);
		Protocol.handshake(fresh);
		IJ.setProperty(EMBEDDED, fresh);
		return fresh;
	}

	private static Backend worker() throws BackendException {
		final WorkerPython python = WorkerPython.find();
		final Object kept = IJ.getProperty(WORKER);
		if (kept instanceof WorkerBackend && ((WorkerBackend) kept).isAlive() && ((WorkerBackend) kept).runs(python))
			return (Backend) kept;
		endWorker();
		final WorkerBackend fresh = python.own() == null ? started(python) : ofOwn(python);
		IJ.setProperty(WORKER, fresh);
		return fresh;
	}

	/** The worker of the environment that SimilIJ installs; one that does not answer is installed anew. */
	private static WorkerBackend ofOwn(final WorkerPython python) throws BackendException {
		try (Watcher watcher = Watcher.onScreen(Watcher.FIRST)) {
			python.own().ensure(OwnPython.Stage.FIRST, watcher);
			try {
				return started(python);
			}
			catch (final CancelledException e) {
				throw e;
			}
			catch (final BackendException e) {
				System.err.println(Inert.lines("SimilIJ: its Python did not answer and is installed again: " + e.getMessage()));
				python.own().remove(watcher);
				python.own().ensure(OwnPython.Stage.FIRST, watcher);
				return started(python);
			}
		}
	}

	private static WorkerBackend started(final WorkerPython python) throws BackendException {
		final WorkerBackend fresh = new WorkerBackend(python);
		try {
			Protocol.handshake(fresh);
			return fresh;
		}
		catch (final BackendException e) {
			fresh.close();
			throw e;
		}
	}

	private static void closeQuietly(final AutoCloseable worker) {
		try {
			worker.close();
		}
		catch (final Exception e) {
			// It was dead or dying, and its successor does not depend on it.
			System.err.println(Inert.lines("SimilIJ: closing the earlier worker: " + e));
		}
	}
}
