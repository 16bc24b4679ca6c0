// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.PixelBuffer;
import similij.wire.Protocol;

import ij.IJ;

import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProtocolTest {

	@AfterEach
	void forget() {
		IJ.setProperty(Backends.REGISTERED, null);
	}

	private static void register(final Function<Map<String, Object>, Object> python) {
		IJ.setProperty(Backends.REGISTERED, python);
	}

	private static Map<String, Object> hello(final Object protocol) {
		final Map<String, Object> reply = new HashMap<>();
		reply.put("protocol", protocol);
		reply.put("version", "9.9");
		reply.put("python", "/opt/python");
		return reply;
	}

	@Test
	void theVersionIsThatOfThePom() throws Exception {
		final String pom = new String(Files.readAllBytes(Paths.get("pom.xml")), "UTF-8");
		assertTrue(pom.contains("<artifactId>Image_Similarity</artifactId>\n\t<version>" + Protocol.JAR + "</version>"));
	}

	@Test
	void aRegisteredPythonAnswersAndIsGreetedOnce() throws BackendException {
		final int[] greetings = new int[1];
		register(message -> {
			greetings[0]++;
			return hello(Protocol.VERSION);
		});
		final Backend backend = Backends.current();
		assertEquals(backend, Backends.current());
		assertEquals(1, greetings[0]);
		assertEquals("9.9", backend.call(new HashMap<>()).get("version"));
	}

	@Test
	void aMismatchSaysWhichSideIsOlder() {
		register(message -> hello(Protocol.VERSION + 1));
		assertTrue(assertThrows(BackendException.class, Backends::current).getMessage().contains("the jar is older"));
		for (final Object old : new Object[] { 0L, null }) {
			register(message -> hello(old));
			final String sentence = assertThrows(BackendException.class, Backends::current).getMessage();
			assertTrue(sentence.contains("the Python package is older"), sentence);
			assertTrue(sentence.contains("9.9") && sentence.contains("/opt/python") && sentence.contains("pip install similij-" + Protocol.JAR + "-py3-none-any.whl"),
				sentence);
		}
	}

	@Test
	void whatIsNoAnswerIsASentence() {
		register(message -> "what?");
		assertTrue(assertThrows(BackendException.class, Backends::current).getMessage().contains("java.lang.String"));
		register(message -> {
			throw new IllegalStateException("bridge down");
		});
		final BackendException e = assertThrows(BackendException.class, Backends::current);
		assertTrue(e.getMessage().contains("bridge down"), e.getMessage());
		assertTrue(e.details().contains("ProtocolTest"), e.details());
	}

	@Test
	void embeddedBuffersAreKeptAndGrow() throws BackendException {
		final EmbeddedBackend backend = new EmbeddedBackend(message -> message);
		final Map<String, Long> sizes = new HashMap<>();
		sizes.put("plane_1", 10L);
		final PixelBuffer first = backend.buffers(sizes).get("plane_1");
		assertTrue(first.bytes().isDirect());
		assertEquals(first, backend.buffers(sizes).get("plane_1"));
		sizes.put("plane_1", 11L);
		assertEquals(11, backend.buffers(sizes).get("plane_1").bytes().capacity());
	}
}
