// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.concurrent.TimeUnit;

import org.apposed.appose.SharedMemory;

/**
 * Whether the worker lives, and whether it works: it says so in a few bytes of shared memory, from a thread of its own
 * ({@code similij.imagej.pulse}).
 * <p>
 * Not by messages: who has no memory left cannot send one, and a message in the middle of an answer would break the answer.
 * Writing a byte takes no memory. The thread needs Python's lock, though, which long work may hold; so a worker that is
 * silent is only given up where the system says that it computes nothing, either.
 * </p>
 */
final class Pulse implements AutoCloseable {

	/** Tells Python the name of the memory. */
	static final String VARIABLE = "SIMILIJ_PULSE";

	private static final int BYTES = 8;
	/** Places in it: a number that counts on, whether a message is worked on, and who counts. */
	private static final int BEAT = 0;
	private static final int WORKING = 1;
	private static final int PID = 4;

	/** A worker that neither beats nor computes for so long is stopped, or cannot go on. */
	static final long SILENT_SECONDS = 30;
	/** The same where nobody says whether it computes, or where it never began to beat: Python may be slow to start. */
	static final long UNSURE_SECONDS = 300;
	/** So many beats, five in a second, without work, while an answer is waited for: it was lost. */
	static final int IDLE_BEATS = 50;
	/** Of the time, what it computes at least if it holds Python's lock to compute. */
	private static final double COMPUTES = 0.05;
	/** What passed between two looks counts as this at most: a computer that slept has not waited. */
	private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
	private static final double TICKS_A_SECOND = 100;

	/** Null where there is no shared memory: then nothing is known. */
	private final SharedMemory memory;
	private final ByteBuffer bytes;
	private boolean closed;

	Pulse() {
		SharedMemory made = null;
		try {
			made = SharedPlanes.segment(BYTES);
		}
		catch (final RuntimeException e) {
			System.err.println("SimilIJ: without shared memory for it, a worker that hangs is not noticed: " + e);
		}
		memory = made;
		bytes = made == null ? null : made.buf(0, BYTES).order(ByteOrder.LITTLE_ENDIAN);
		for (int k = 0; bytes != null && k < BYTES; k++)
			bytes.put(k, (byte) 0);
	}

	/** What Python is told; empty where there is no memory. */
	String name() {
		return memory == null ? "" : memory.name();
	}

	/** What can be wrong with a worker that an answer is waited for from. */
	enum Finding {
		/** Nothing: it works, or begins to. */
		WELL,
		/** It neither beats nor computes. */
		SILENT,
		/** It lives, and works on nothing. */
		IDLE
	}

	/** @param greeted whether the worker has answered before; one that does not beat by then is of an older package */
	Watch watch(final boolean greeted) {
		return new Watch(greeted);
	}

	/** Harmless when repeated. Nobody may look any more. */
	@Override
	public void close() {
		if (memory != null && !closed) memory.close();
		closed = true;
	}

	/** Of one answer that is waited for. */
	final class Watch {

		private long looked = System.nanoTime();
		private byte beat = bytes == null ? 0 : bytes.get(BEAT);
		private long silent;
		private double computed = -1;
		private int idle;
		private final boolean greeted;

		private Watch(final boolean greeted) {
			this.greeted = greeted;
		}

		/** To be called often. */
		Finding look() {
			if (bytes == null || greeted && bytes.getInt(PID) == 0) return Finding.WELL;
			final long now = System.nanoTime();
			final long since = Math.min(now - looked, LOOK_NANOS);
			looked = now;
			final byte last = beat;
			beat = bytes.get(BEAT);
			if (beat != last) {
				silent = 0;
				computed = -1;
				idle = bytes.get(WORKING) == 0 ? idle + 1 : 0;
				return idle > IDLE_BEATS ? Finding.IDLE : Finding.WELL;
			}
			if (silent == 0) computed = computedSeconds();
			silent += since;
			final double before = computed;
			final long limit = TimeUnit.SECONDS.toNanos(before < 0 ? UNSURE_SECONDS : SILENT_SECONDS);
			if (silent < limit) return Finding.WELL;
			computed = computedSeconds();
			if (before < 0 || computed - before < COMPUTES * TimeUnit.NANOSECONDS.toSeconds(silent)) return Finding.SILENT;
			// It holds Python's lock and computes: it is watched on from here.
			silent = since;
			return Finding.WELL;
		}
	}

	/** What the worker has computed so far, as Linux tells; negative where nobody does. */
	private double computedSeconds() {
		final int pid = bytes.getInt(PID);
		final Path file = Paths.get("/proc/" + pid + "/stat");
		if (pid == 0 || !Files.isReadable(file)) return -1;
		try {
			final String stat = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
			// Behind the name of the program, which may hold anything: state, ten numbers, then user and system time.
			final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
			return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
		}
		catch (final IOException | RuntimeException e) {
			return -1;
		}
	}
}
