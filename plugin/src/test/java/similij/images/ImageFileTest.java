// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.BackendException;
import similij.wire.CancelledException;

import ij.IJ;
import ij.ImagePlus;

import java.awt.event.KeyEvent;
import java.io.File;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A decoder that never returns holds up nobody. */
class ImageFileTest {

	private static final File FILE = new File("cells 1.czi");
	/** Seconds that no test waits for. */
	private static final long LONG = 3600;

	private volatile Thread decoder;
	private final CountDownLatch decodes = new CountDownLatch(1);

	@BeforeEach
	@AfterEach
	void noEscape() {
		IJ.resetEscape();
	}

	/** As ImageJ's decoders do: it computes, and looks at nothing. */
	@SuppressWarnings("InfiniteLoopStatement")
	private ImagePlus decodeForEver() {
		decoder = Thread.currentThread();
		decodes.countDown();
		for (long k = 0;; k++)
			if (k < 0) k = 0;
	}

	private ImagePlus open(final long seconds) throws BackendException {
		return ImageFile.open(FILE, this::decodeForEver, seconds);
	}

	@Test
	void anImageIsOpened() throws BackendException {
		final ImagePlus image = IJ.createImage("a", "8-bit", 3, 2, 1);
		assertSame(image, ImageFile.open(FILE, () -> image, LONG));
	}

	@Test
	void aLimit() throws InterruptedException {
		final BackendException refused = assertThrows(BackendException.class, () -> open(1));
		assertTrue(refused.getMessage().startsWith("ImageJ did not open \"cells 1.czi\" within 1 seconds: "), refused
			.getMessage());
		assertFalse(refused instanceof CancelledException);
		checkLeft();
	}

	@Test
	void escEndsItAtOnce() throws InterruptedException {
		final Thread user = new Thread(() -> {
			try {
				decodes.await();
				IJ.setKeyDown(KeyEvent.VK_ESCAPE);
			}
			catch (final InterruptedException e) {
				// The test fails then.
			}
		});
		user.start();
		final CancelledException cancelled = assertThrows(CancelledException.class, () -> open(LONG));
		assertEquals("Image Similarity: cancelled while ImageJ opened \"cells 1.czi\"", cancelled.getMessage());
		checkLeft();
	}

	/** The next file is opened while the decoder of the last one goes on, and that one ends where Java can stop it. */
	private void checkLeft() throws InterruptedException {
		IJ.resetEscape();
		final ImagePlus image = IJ.createImage("a", "8-bit", 3, 2, 1);
		try {
			assertSame(image, ImageFile.open(FILE, () -> image, LONG));
		}
		catch (final BackendException e) {
			throw new AssertionError(e);
		}
		assertTrue(decoder.isDaemon());
		assertNull(IJ.getErrorMessage());
		if (Integer.parseInt(System.getProperty("java.specification.version").replace("1.8", "8")) < 20) decoder.join();
	}

	@Test
	void whatADecoderThrows() {
		final BackendException refused = assertThrows(BackendException.class, () -> ImageFile.open(FILE, () -> {
			throw new IllegalStateException("no such codec");
		}, LONG));
		assertTrue(refused.getMessage().contains("cells 1.czi"), refused.getMessage());
		assertTrue(refused.getMessage().contains("no such codec"), refused.getMessage());
		assertThrows(OutOfMemoryError.class, () -> ImageFile.open(FILE, () -> {
			throw new OutOfMemoryError();
		}, LONG));
	}
}
