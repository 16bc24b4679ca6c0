// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.images.Region;
import similij.images.SideImage;
import similij.options.Options;
import similij.wire.BackendException;
import similij.wire.CancelledException;

import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.process.ByteProcessor;

import java.awt.event.KeyEvent;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Labels and masks beside the two images, and how Esc ends what takes long. */
class SideImageTest {

	private final FakeBackend python = new FakeBackend();

	@AfterEach
	void noEscape() {
		IJ.resetEscape();
	}

	/** Of 2x1 pixels, each of the value of its plane, counted from 1. */
	private static ImagePlus image(final String title, final int c, final int z, final int t) {
		final ImageStack stack = new ImageStack(2, 1);
		for (int k = 1; k <= c * z * t; k++)
			stack.addSlice("", new ByteProcessor(2, 1, new byte[] { (byte) k, (byte) k }));
		final ImagePlus image = new ImagePlus(title, stack);
		image.setDimensions(c, z, t);
		return image;
	}

	private void run(final SideImage labels, final SideImage mask, final int[]... pairs) throws BackendException {
		python.plan("", Collections.emptyMap(), pairs);
		final Options options = Options.parse("stack=[All planes]", name -> null);
		final Settings settings = new Settings(options, null, labels, mask);
		new StackRunner(python, image("a", 2, 3, 2), image("b", 2, 3, 2), options, settings, rows -> {}).run();
	}

	private static SideImage side(final int c, final int z, final int t) {
		return new SideImage(image("side", c, z, t), "side");
	}

	@Test
	void onePlaneTravelsOnce() throws BackendException {
		python.passes = 2;
		run(side(1, 1, 1), side(1, 1, 1), new int[] { 1, 1 }, new int[] { 3, 3 });
		assertEquals(1, python.labels.size());
		assertEquals(1, python.mask.size());
		assertEquals(4, python.planes1.size());
		final String labels = python.request().get("labels").toString();
		assertTrue(labels.startsWith("{name=side, file=, type=8-bit, width=2, height=1, planes=1, sizes={c=1, z=1, t=1}, "),
			labels);
	}

	@Test
	void eachPlaneGoesWithTheOneAtItsPlace() throws BackendException {
		// Places of image 1: c1 z2 t1 is 3, c2 z3 t2 is 12; of labels with z only: 2 and 3.
		run(side(1, 3, 1), side(2, 1, 2), new int[] { 3, 3 }, new int[] { 12, 12 });
		assertEquals(2, python.labels.get(0)[0]);
		assertEquals(3, python.labels.get(1)[0]);
		assertEquals(1, python.mask.get(0)[0]);
		assertEquals(4, python.mask.get(1)[0]);
	}

	@Test
	void whatDoesNotFitIsToldAndNotSent() throws BackendException {
		run(side(1, 4, 1), null, new int[] { 1, 1 });
		assertTrue(python.labels.isEmpty());
		assertTrue(python.planes1.isEmpty());
		assertEquals("{c=1, z=4, t=1}", ((java.util.Map<?, ?>) python.request().get("labels")).get("sizes").toString());
	}

	@Test
	void allPixelsTravelWithThem() throws BackendException {
		final Region region = new Region("r", "Rectangle", true, new java.awt.Rectangle(1, 0, 1, 1), null);
		final Settings settings = new Settings(Options.parse("", name -> null), null, null, side(1, 1, 1));
		final ImagePlus a = image("a", 1, 1, 1);
		final Comparison beside = Comparison.ofCurrentPlanes(a, a, Collections.singletonList(region), settings);
		final Comparison alone = Comparison.ofCurrentPlanes(a, a, Collections.singletonList(region), FakeBackend.settings(
			null));
		assertEquals(2, beside.box().width);
		assertEquals(1, alone.box().width);
		assertNull(alone.mask);
	}

	@Test
	void planesOfAGroupOfOnePlaceAreOne() {
		assertArrayEquals(new int[] { 2 }, side(1, 3, 1).planes(image("a", 2, 3, 2), new int[] { 3, 4, 10 }).indices());
	}

	@Test
	@Timeout(600)
	void escapeDoesNotWaitForWorkThatTakesLong() throws InterruptedException {
		final CountDownLatch begun = new CountDownLatch(1);
		final CountDownLatch never = new CountDownLatch(1);
		final Progress progress = new Progress(7);
		final Thread presses = new Thread(() -> {
			try {
				begun.await();
			}
			catch (final InterruptedException exc) {
				return; // then nobody presses, and the test hangs
			}
			IJ.setKeyDown(KeyEvent.VK_ESCAPE);
		});
		presses.start();
		// If it did wait, it would wait for ever: the work ends when the test lets it.
		assertEquals("Image Similarity: cancelled at plane 1 of 7, no row was added", assertThrows(CancelledException.class,
			() -> Background.run(() -> {
				begun.countDown();
				never.await();
				return 1;
			}, progress)).getMessage());
		// What goes on in the background ends where it next looks.
		assertThrows(CancelledException.class, () -> progress.next(1));
		never.countDown();
		presses.join();
	}

	@Test
	void whatTheWorkThrowsIsThrown() {
		final Progress progress = new Progress(1);
		assertEquals("no", assertThrows(BackendException.class, () -> Background.run(() -> {
			throw new BackendException("no");
		}, progress)).getMessage());
		for (final Throwable thrown : Arrays.asList(new IllegalStateException("x"), new OutOfMemoryError("y")))
			assertEquals(thrown, assertThrows(thrown.getClass(), () -> Background.run(() -> {
				if (thrown instanceof Error) throw (Error) thrown;
				throw (RuntimeException) thrown;
			}, progress)));
		assertFalse(Thread.currentThread().isInterrupted());
	}
}
