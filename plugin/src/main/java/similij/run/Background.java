// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.wire.BackendException;

import ij.IJ;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Work that Esc ends at once. It goes on in a thread of its own until it next looks at its {@link Progress}, and what it
 * would have answered is dropped; so a plane that takes long to read or to compare does not make the user wait.
 */
public final class Background {

	/** ImageJ only keeps a flag that Esc was pressed, so it has to be asked: often enough to feel like at once. */
	private static final long POLL_MILLIS = 20;

	private Background() {}

	/** Does the work and waits for it, as long as the user does. */
	static <T> T run(final Callable<T> work, final Progress progress) throws BackendException {
		final FutureTask<T> task = new FutureTask<>(work);
		final Thread thread = new Thread(task, "SimilIJ-compare");
		thread.setDaemon(true);
		thread.start();
		while (true) {
			try {
				return task.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
			}
			catch (final TimeoutException e) {
				if (IJ.escapePressed()) throw progress.cancel();
			}
			catch (final InterruptedException e) {
				Thread.currentThread().interrupt();
				throw progress.cancel();
			}
			catch (final ExecutionException e) {
				throw cause(e.getCause());
			}
		}
	}

	/** What the work threw, as if it had been thrown here. */
	static BackendException cause(final Throwable cause) {
		if (cause instanceof RuntimeException) throw (RuntimeException) cause;
		if (cause instanceof Error) throw (Error) cause;
		if (cause instanceof BackendException) return (BackendException) cause;
		return new BackendException(cause.toString(), cause.toString());
	}
}
