// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.Inert;

import ij.IJ;

import java.io.StringWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

import javax.script.ScriptContext;
import javax.script.SimpleScriptContext;

import org.scijava.Context;
import org.scijava.object.ObjectService;

/**
 * The Python in which Fiji runs in its Python mode: it hosts this JVM, and scyjava has put a runner of scripts into
 * SciJava's context for it (the one behind <i>Python</i> in the script editor). If that Python has the package similij, it
 * registers itself, and answers here as any Python does that hosts ImageJ.
 * <p>
 * The runner is called as SciJava's own script engine calls it, which is not always there, and which where there is no
 * runner opens a dialog.
 * </p>
 */
final class FijiPython {

	/** What came of it, kept in ImageJ's properties: {@link #ANSWERS}, or why it does not. Asked once, as imports take time. */
	static final String ASKED = "similij.fiji";
	static final String ANSWERS = "";

	/** Only with it is there a context to ask for; asked otherwise, ImageJ would make one, or say that there is none. */
	private static final String LEGACY = "net.imagej.legacy.LegacyService";
	/** The name under which scyjava gives its runner. */
	private static final String RUNNER = "PythonScriptRunner";
	/** The runner returns the value of the last line, and writes errors where we would have to look for them. */
	private static final String SCRIPT = "def similij_offer():\n" + "    try:\n" +
		"        from similij.imagej.embedded import offer\n" + "        offer()\n" + "        return ''\n" +
		"    except Exception as error:\n" + "        return f'{type(error).__name__}: {error}'\n" + "similij_offer()\n";

	private FijiPython() {}

	/** Whether Fiji's Python is the one that answers. */
	static boolean isRegistered() {
		return ANSWERS.equals(IJ.getProperty(ASKED));
	}

	/** Why it does not answer though it is there; null where there is none. */
	static String reason() {
		final Object asked = IJ.getProperty(ASKED);
		return asked == null || ANSWERS.equals(asked) ? null : asked.toString();
	}

	/** Lets it register itself, where it is there and has the package. */
	static void register() {
		if (IJ.getProperty(ASKED) != null) return;
		try {
			Class.forName(LEGACY, false, IJ.getClassLoader());
			InContext.register(IJ.runPlugIn("org.scijava.Context", ""));
		}
		catch (final ClassNotFoundException | LinkageError e) {
			// An ImageJ without SciJava: nobody's Python hosts it.
		}
	}

	/** Apart, since an ImageJ without SciJava can load the class above, but not this one. */
	static final class InContext {

		private InContext() {}

		static void register(final Object context) {
			if (!(context instanceof Context)) return;
			final ObjectService objects = ((Context) context).getService(ObjectService.class);
			if (objects == null) return;
			for (final Function<?, ?> function : objects.getObjects(Function.class)) {
				if (!RUNNER.equals(objects.getName(function))) continue;
				IJ.setProperty(ASKED, run(function));
				if (reason() != null) System.err.println(Inert.lines("SimilIJ: Fiji's Python does not answer (" + reason() +
					"), so a worker does"));
			}
		}

		@SuppressWarnings("unchecked")
		private static String run(final Function<?, ?> runner) {
			try {
				final Script script = new Script(SCRIPT);
				final Object result = ((Function<Object, Object>) runner).apply(script);
				return result == null ? "it answered nothing " + script.scriptContext.getErrorWriter() : result.toString();
			}
			catch (final RuntimeException e) {
				return e.toString();
			}
		}
	}

	/** What the runner takes: it reads these three fields by their names. */
	public static final class Script {

		public final String script;
		public final Map<String, Object> vars = new HashMap<>();
		public final ScriptContext scriptContext = new SimpleScriptContext();

		Script(final String script) {
			this.script = script;
			scriptContext.setWriter(new StringWriter());
			scriptContext.setErrorWriter(new StringWriter());
		}
	}
}
