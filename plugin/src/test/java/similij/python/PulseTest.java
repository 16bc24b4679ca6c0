// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import similij.python.Pulse.Finding;

import java.nio.ByteBuffer;

import org.apposed.appose.SharedMemory;
import org.junit.jupiter.api.Test;

/** A worker as its pulse shows it; that it is noticed in time, tests/imagej/test_hanging_worker.py has. */
class PulseTest {

	private static final int BEAT = 0;
	private static final int WORKING = 1;

	private byte count;

	private Finding beat(final ByteBuffer worker, final Pulse.Watch watch) {
		worker.put(BEAT, ++count);
		return watch.look();
	}

	@Test
	void oneThatBeatsAndWorksIsWell() {
		try (Pulse pulse = new Pulse(); SharedMemory seen = SharedMemory.attach(pulse.name(), 8)) {
			final ByteBuffer worker = seen.buf(0, 8);
			worker.put(4, (byte) 1);
			worker.put(WORKING, (byte) 1);
			final Pulse.Watch watch = pulse.watch(true);
			// Around the end of a byte, and far longer than one without work is waited for.
			for (int k = 0; k < 1000; k++)
				assertEquals(Finding.WELL, beat(worker, watch));
		}
	}

	@Test
	void oneThatBeatsAndDoesNotWorkHasLostTheAnswer() {
		try (Pulse pulse = new Pulse(); SharedMemory seen = SharedMemory.attach(pulse.name(), 8)) {
			final ByteBuffer worker = seen.buf(0, 8);
			worker.put(4, (byte) 1);
			final Pulse.Watch watch = pulse.watch(true);
			for (int k = 0; k < Pulse.IDLE_BEATS; k++)
				assertEquals(Finding.WELL, beat(worker, watch));
			assertEquals(Finding.IDLE, beat(worker, watch));
			// A little work, and it is waited for as long again.
			final Pulse.Watch second = pulse.watch(true);
			for (int k = 0; k < 2 * Pulse.IDLE_BEATS; k++) {
				worker.put(WORKING, (byte) (k == Pulse.IDLE_BEATS ? 1 : 0));
				assertEquals(Finding.WELL, beat(worker, second));
			}
		}
	}

	@Test
	void closingTwiceIsHarmless() {
		final Pulse pulse = new Pulse();
		final String name = pulse.name();
		pulse.close();
		pulse.close();
		assertFalse(new java.io.File("/dev/shm", name).exists());
	}
}
