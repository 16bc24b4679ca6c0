// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

class InertTest {

	private static final Path SOURCE = Paths.get("src", "main", "java", "similij");
	private static final Pattern SHOWS = Pattern.compile("IJ\\.log\\(|System\\.(?:err|out)\\.print|IJ\\.showMessage\\(|IJ\\.error\\(");

	@Test
	void spellsOutWhatATerminalObeys() {
		assertEquals("a[U+001B][2J[U+0007][U+009B]31m[U+202E]gpj[U+000D][U+000A]b", Inert.line("a\u001b[2J\u0007\u009b31m\u202egpj\r\nb"));
		assertEquals("at\n\tb[U+000D]", Inert.lines("at\n\tb\r"));
		assertEquals("[U+D83D]", Inert.line("\ud83d"));
	}

	@Test
	void aSentenceOfALongValueHasItsEnds() {
		final String title = String.join("", Collections.nCopies(500, "banana")) + "\u202e.tif";
		final String ends = title.substring(0, 60) + "..." + title.substring(title.length() - 60, title.length() - 5) + "[U+202E].tif";
		assertEquals("No image is called \"" + ends + "\" (image_1).", Inert.sentence("No image is called \"" + title +
			"\" (image_1)."));
		assertEquals("region=[" + ends + "] is odd.", new BackendException("region=[" + title + "] is odd.").getMessage());
		assertEquals("\"a\" is none of " + String.join(", ", Collections.nCopies(90, "key")) + " but \"b\".", Inert.sentence("\"a\" is none of " +
			String.join(", ", Collections.nCopies(90, "key")) + " but \"b\"."));
		final String brackets = "align=[a" + String.join("", Collections.nCopies(400, "] b")) + "] does not exist. Choose one of none, shift.";
		assertEquals(brackets.substring(0, 450) + "..." + brackets.substring(brackets.length() - 450), Inert.sentence(brackets));
		// A letter of two halves is whole, wherever a cut would be.
		for (int before = 0; before < 4; before++) {
			final String letters = "xxx".substring(0, before) + String.join("", Collections.nCopies(800, "\ud83d\udd2c"));
			for (final String words : new String[] { "[" + letters + "]", letters, letters.replace("\udd2c", "\udd2c b") })
				assertFalse(Inert.sentence(words).codePoints().anyMatch(c -> c >= 0xd800 && c <= 0xdfff), words);
		}
		final String path = "/" + title.substring(0, 190);
		assertEquals("\"" + path + "\" is a folder.", Inert.sentence("\"" + path + "\" is a folder."));
	}

	@Test
	void leavesWordsAsTheyAre() {
		for (final String words : new String[] { "", "Zellen µm é.tif", "=1+1", "a\\b <html>", "\ud83d\udc69\u200d\ud83d\udd2c.tif" })
			assertEquals(words, Inert.line(words));
	}

	@Test
	void leavesACellThatIsNoCommandThere() {
		assertEquals("\\Clear[U+0009]", Inert.cell("\\Clear\t"));
	}

	@Test
	void beginsNoCommandOfTheLogAndNoPage() {
		assertEquals(" \\Clear", Inert.line("\\Clear"));
		assertEquals(" <html><img src=x>", Inert.line("<html><img src=x>"));
		assertEquals(" <HTML>", Inert.lines("<HTML>"));
	}

	/** Read from the source: whoever shows words in the Log, the Console or a message has them made inert there. */
	@Test
	void nothingIsShownAroundIt() throws IOException {
		final List<String> around = new ArrayList<>();
		int shown = 0;
		final List<Path> files;
		try (Stream<Path> all = Files.walk(SOURCE)) {
			files = all.filter(path -> path.toString().endsWith(".java")).collect(Collectors.toList());
		}
		for (final Path file : files)
			for (final String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n")) {
				if (line.trim().startsWith("*") || !SHOWS.matcher(line).find()) continue;
				shown++;
				if (!line.contains("Inert.line") && !line.contains("folded(")) around.add(file + ": " + line.trim());
			}
		assertTrue(shown > 10, "the pattern finds nothing");
		assertFalse(around.size() > 0, around.toString());
	}
}
