// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.wire.BackendException;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * While a dialog is open, asks Python whether what is chosen fits, and shows its words. In a thread of its own, since
 * Python may have to be started first: it then is warm when the user presses OK.
 */
public final class LiveCheck implements AutoCloseable {

	/** A check of what is chosen now. */
	interface Question extends Callable<String> {

		@Override
		String call() throws BackendException;
	}

	private final Consumer<String> show;
	private final AtomicInteger newest = new AtomicInteger();
	private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
		final Thread daemon = new Thread(work, "SimilIJ-check");
		daemon.setDaemon(true);
		return daemon;
	});

	/** @param show receives the words, in the check's thread */
	LiveCheck(final Consumer<String> show) {
		this.show = show;
	}

	/** Asks; of questions that wait only the newest is asked. */
	void ask(final Question question) {
		final int number = newest.incrementAndGet();
		thread.execute(() -> {
			// A dialog tells every letter that is typed; only the last state of it is worth a question.
			if (number != newest.get()) return;
			final String words = words(question);
			if (number == newest.get()) show.accept(words);
		});
	}

	private static String words(final Question question) {
		try {
			return question.call();
		}
		catch (final BackendException e) {
			return e.getMessage();
		}
		catch (final RuntimeException | LinkageError e) {
			return e.toString();
		}
	}

	/** No more words. */
	@Override
	public void close() {
		newest.incrementAndGet();
		thread.shutdown();
	}
}
