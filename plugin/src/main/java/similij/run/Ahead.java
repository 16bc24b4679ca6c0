// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.wire.BackendException;
import similij.wire.CancelledException;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One piece of work in a thread of its own: the next plane is read and copied while Python compares one. */
public final class Ahead implements AutoCloseable {

	private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
		final Thread daemon = new Thread(work, "SimilIJ-ahead");
		daemon.setDaemon(true);
		return daemon;
	});
	private Future<?> started;

	void start(final Callable<Void> work) {
		started = thread.submit(work);
	}

	/** Waits for what was started, if anything was; throws what it threw. */
	void finish() throws BackendException {
		if (started == null) return;
		final Future<?> last = started;
		started = null;
		try {
			last.get();
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
			throw new CancelledException("Image Similarity: interrupted");
		}
		catch (final ExecutionException e) {
			throw Background.cause(e.getCause());
		}
	}

	/** Waits: it writes into memory that may be freed afterwards. */
	@Override
	public void close() {
		try {
			finish();
		}
		catch (final BackendException | RuntimeException e) {
			// Only reached where the run failed before; why is known already.
		}
		thread.shutdown();
	}
}
