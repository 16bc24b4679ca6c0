// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.python.Backends;
import similij.wire.BackendException;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * While a dialog is open, asks Python whether what is chosen fits, and shows its words. In a thread of its own, since
 * Python may have to be started first: it then is warm when the user presses OK.
 */
public final class LiveCheck implements AutoCloseable {

	/** A check of what is chosen now. */
	interface Question extends Callable<String> {

		@Override
		String call() throws BackendException;

		/** The key of the entry that a refusal is about; null where it is about none. */
		default String toBlame() {
			return null;
		}
	}

	/** The same check without an entry. */
	interface Without {

		void check(String key) throws BackendException;
	}

	/**
	 * The entry without which the check agrees, else the first one without which it refuses for another reason; null where
	 * there is none.
	 *
	 * @param refusal of the check with all entries
	 */
	static String toBlame(final List<String> suspects, final String refusal, final Without without) {
		String other = null;
		for (final String key : suspects) {
			try {
				without.check(key);
				return key;
			}
			catch (final BackendException e) {
				if (other == null && !e.getMessage().equals(refusal)) other = key;
			}
		}
		return other;
	}

	/** What came of a check. */
	static final class Answer {

		final boolean fits;
		/** The sentence of Python, or of the table of options. */
		final String words;
		/** Where it does not fit, the key of the entry to blame; null where there is none. */
		final String key;
		/** What was asked; null: nothing. */
		final Question question;

		Answer(final boolean fits, final String words, final String key) {
			this(fits, words, key, null);
		}

		Answer(final boolean fits, final String words, final String key, final Question question) {
			this.question = question;
			this.fits = fits;
			this.words = words;
			this.key = key;
		}
	}

	private final Consumer<Answer> show;
	private final AtomicInteger newest = new AtomicInteger();
	private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
		final Thread daemon = new Thread(work, "SimilIJ-check");
		daemon.setDaemon(true);
		return daemon;
	});

	/** @param show receives the answers, in the check's thread */
	LiveCheck(final Consumer<Answer> show) {
		this.show = show;
	}

	/**
	 * Asks, unless Python must be installed first: nobody has asked for that by looking at a dialog. Of questions that wait
	 * only the newest is asked.
	 */
	void ask(final Question question) {
		ask(question, LiveCheck::unlessNotYet, show);
	}

	/** Asks, whatever it takes, and gives the answer to somebody else. */
	void ask(final Question question, final Consumer<Answer> receiver) {
		ask(question, LiveCheck::answer, receiver);
	}

	private void ask(final Question question, final Function<Question, Answer> how, final Consumer<Answer> receiver) {
		final int number = newest.incrementAndGet();
		thread.execute(() -> {
			// A dialog tells every letter that is typed; only the last state of it is worth a question.
			if (number != newest.get()) return;
			final Answer answer = how.apply(question);
			if (number == newest.get()) receiver.accept(answer);
		});
	}

	private static Answer unlessNotYet(final Question question) {
		try {
			final String notYet = Backends.notYet();
			return notYet == null ? answer(question) : new Answer(true, notYet, null);
		}
		catch (final BackendException e) {
			return new Answer(false, e.getMessage(), null);
		}
	}

	private static Answer answer(final Question question) {
		try {
			return new Answer(true, question.call(), null, question);
		}
		catch (final BackendException e) {
			return new Answer(false, e.getMessage(), question.toBlame(), question);
		}
		catch (final RuntimeException | LinkageError | OutOfMemoryError e) {
			return new Answer(false, e.toString(), null, question);
		}
	}

	/** No more words. */
	@Override
	public void close() {
		newest.incrementAndGet();
		thread.shutdown();
	}
}
