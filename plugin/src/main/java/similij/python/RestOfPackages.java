// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Inert;

import ij.IJ;

/**
 * The packages that the first number could do without: pictures, statistics, tables. They are fetched while the user looks
 * at that number, and where a request needs them before they are there, it waits with a window that says so.
 */
final class RestOfPackages {

	private static final long POLL_MILLIS = 100;

	private final OwnPython own;
	private final Relay relay = new Relay();
	private Thread thread;

	RestOfPackages(final OwnPython own) {
		this.own = own;
	}

	/** Begins to fetch them, unseen. Where it fails nobody is told: nobody asked, and who needs them asks again. */
	synchronized void begin() {
		if (thread != null || own.stage() == OwnPython.Stage.ALL) return;
		thread = new Thread(() -> {
			try {
				own.ensure(OwnPython.Stage.ALL, relay);
			}
			catch (final BackendException e) {
				System.err.println(Inert.lines("SimilIJ: what pictures and tables need is not installed yet: " + e.getMessage()));
			}
		}, "SimilIJ-rest");
		thread.setDaemon(true);
		thread.start();
	}

	/** Ends what was begun unseen; the next worker begins again. */
	void stop() {
		relay.cancelled = true;
	}

	/** Waits until they are there. */
	void finish() throws BackendException {
		try (Watcher watcher = Watcher.onScreen(Watcher.REST)) {
			final Thread going = going();
			if (going != null) waitFor(going, watcher);
			// It has failed unseen: now somebody waits for it, and reads why.
			own.ensure(OwnPython.Stage.ALL, watcher);
		}
	}

	private synchronized Thread going() {
		return thread;
	}

	private void waitFor(final Thread going, final Watcher watcher) throws CancelledException {
		relay.watcher = watcher;
		try {
			while (going.isAlive()) {
				if (watcher.isCancelled()) relay.cancelled = true;
				IJ.wait((int) POLL_MILLIS);
			}
			if (relay.cancelled) throw Uv.cancelled();
		}
		finally {
			relay.watcher = null;
			relay.cancelled = false;
			// The next run begins again what was cancelled.
			synchronized (this) {
				thread = null;
			}
		}
	}

	/** Passes on what is told to whoever looks on by then; unseen, nobody can cancel it. */
	private static final class Relay implements Watcher {

		private volatile Watcher watcher;
		private volatile boolean cancelled;

		@Override
		public void show(final String words, final double share) {
			final Watcher now = watcher;
			if (now != null) now.show(words, share);
		}

		@Override
		public boolean isCancelled() {
			return cancelled;
		}

		@Override
		public void close() {
			// There is nothing to close.
		}
	}
}
