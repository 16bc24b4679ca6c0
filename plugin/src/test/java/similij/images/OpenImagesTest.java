// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.options.Options;
import similij.wire.BackendException;

import ij.ImagePlus;
import ij.process.ByteProcessor;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import org.junit.jupiter.api.Test;

class OpenImagesTest {

	private final ImagePlus a = image("a");
	private final ImagePlus b = image("b");
	private final ImagePlus c = image("c");

	private static ImagePlus image(final String title) {
		return new ImagePlus(title, new ByteProcessor(3, 2));
	}

	private static OpenImages open(final ImagePlus current, final ImagePlus... images) {
		return new OpenImages(Arrays.asList(images), current);
	}

	private static void assertPair(final ImagePlus first, final ImagePlus second, final ImagePlus[] pair) {
		assertArrayEquals(new ImagePlus[] { first, second }, pair);
	}

	private static String refusal(final OpenImages open, final String name1, final String name2) {
		return assertThrows(BackendException.class, () -> open.pair(name1, name2)).getMessage();
	}

	@Test
	void twoOpenImagesArePreselectedInTheirOrder() throws BackendException {
		assertPair(a, b, open(b, a, b).pair(null, null));
	}

	@Test
	void ofMoreTheCurrentOneAndTheNext() throws BackendException {
		assertPair(b, c, open(b, a, b, c).pair(null, null));
		assertPair(c, a, open(c, a, b, c).pair(null, null));
		assertPair(c, a, open(b, a, b, c).pair("c", null));
		assertPair(b, a, open(b, a, b, c).pair(null, "a"));
	}

	@Test
	void theSameImageTwice() throws BackendException {
		assertPair(a, a, open(a, a).pair("a", "a"));
	}

	@Test
	void tooFew() {
		assertTrue(refusal(open(null), null, null).contains("No image is open"));
		assertTrue(refusal(open(a, a), "a", null).contains("Only one image is open, \"a\""));
	}

	@Test
	void aTitleBeforeAnIdBeforeATrimmedTitle() throws BackendException {
		final ImagePlus number = image(Integer.toString(a.getID()));
		assertPair(a, b, open(a, a, b).pair(Integer.toString(a.getID()), "b"));
		assertPair(number, b, open(a, a, b, number).pair(Integer.toString(a.getID()), "b"));
		assertPair(a, b, open(a, a, b).pair(" a ", "b"));
	}

	@Test
	void aTitleThatImageJReadFromAFileAsLatin1() throws BackendException {
		final ImagePlus cells = image("zellen ä.tif");
		final String misread = new String(cells.getTitle().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
		assertPair(cells, b, open(b, cells, b).pair(misread, "b"));
	}

	@Test
	void aTitleThatTwoImagesHave() throws BackendException {
		final ImagePlus twin = image("a");
		final OpenImages open = open(a, a, twin);
		final String sentence = refusal(open, "a", "a");
		assertTrue(sentence.contains(Integer.toString(a.getID())) && sentence.contains(Integer.toString(twin.getID())),
			sentence);
		assertTrue(sentence.contains("image_1=[" + a.getID() + "]"), sentence);
		assertPair(a, twin, open.pair(open.nameOf(a), open.nameOf(twin)));
		assertPair(a, twin, open.pair(null, null));
	}

	@Test
	void anUnknownTitleListsThoseThatAreOpen() {
		assertTrue(refusal(open(a, a, b), "x", "b").contains("\"x\" (image_1). Open are: \"a\", \"b\"."));
		final List<ImagePlus> many = Collections.nCopies(40, a);
		assertTrue(refusal(new OpenImages(many, a), "x", "b").endsWith(" and 28 more."));
	}

	@Test
	void everyTitleIsRecordedSoThatItLeadsBack() throws BackendException {
		for (final String title : Arrays.asList("plain", "cells [t=1] x.tif", "a] image_2=[b", "x] y=2", "\n", "")) {
			final ImagePlus odd = image(title);
			final OpenImages open = open(odd, odd, b);
			final Options read = Options.parse("image_1=[" + open.nameOf(odd) + "] image_2=[b]", name -> null);
			assertEquals(odd, open.pair(read.image1, read.image2)[0], title);
		}
	}

	@Test
	void oneImageWithItself() throws BackendException {
		assertEquals(b, open(b, a, b).one(null));
		assertEquals(a, open(b, a, b).one("a"));
		assertEquals(a, open(null, a).one(null));
		assertTrue(assertThrows(BackendException.class, () -> open(null).one(null)).getMessage().contains("No image is open"));
	}

	@Test
	void picturesOfAnEarlierAnswerAreNotTakenForImages() throws BackendException {
		final ImagePlus map = image("Difference");
		OpenImages.mark(map, "difference");
		final ImagePlus copy = map.duplicate();
		final OpenImages open = open(map, a, map, copy, b);
		assertEquals(Arrays.asList(a, b), open.list());
		assertPair(a, b, open.pair(null, null));
		assertEquals(a, open.one(null));
		// Whoever names one means it.
		assertPair(map, b, open.pair("Difference", "b"));
		assertTrue(refusal(open(map, a, map), null, null).contains("Only one image is open, \"a\""));
	}
}
