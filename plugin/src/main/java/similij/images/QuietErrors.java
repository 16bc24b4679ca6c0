// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import ij.IJ;
import ij.Macro;

import java.lang.reflect.Field;

/**
 * While this is open, an error that ImageJ meets goes to the Log: no dialog, and no end of the macro that runs.
 * <p>
 * {@code IJ.redirectErrorMessages} is made for that, but ImageJ does not look at it within a macro: there, a file that
 * cannot be opened ends the macro, and with it a run over a folder. So the macro is hidden from ImageJ meanwhile. Should
 * a later ImageJ rename the fields, the run goes on as far as ImageJ lets it.
 * </p>
 */
public final class QuietErrors implements AutoCloseable {

	private final Object macro;

	QuietErrors() {
		macro = swap(IJ.class, "macroInterpreter", null);
		IJ.redirectErrorMessages(true);
	}

	/** What ImageJ told last, in one line; null if nothing. */
	String lastError() {
		final String message = IJ.getErrorMessage();
		return message == null ? null : message.trim().replaceAll("\\s+", " ");
	}

	@Override
	public void close() {
		IJ.redirectErrorMessages(false);
		swap(Macro.class, "abort", false);
		swap(IJ.class, "macroInterpreter", macro);
	}

	private static Object swap(final Class<?> owner, final String name, final Object value) {
		try {
			final Field field = owner.getDeclaredField(name);
			field.setAccessible(true);
			final Object before = field.get(null);
			field.set(null, value);
			return before;
		}
		catch (final ReflectiveOperationException | SecurityException e) {
			return null;
		}
	}
}
