// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.BackendException;
import similij.wire.Protocol;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnPythonTest {

	private static final File FOLDER = new File("/home/me/appose/similij-" + Protocol.JAR);

	@TempDir
	Path root;

	private static String sentence(final String output) {
		final BackendException failure = InstallFailure.of(new IOException("uv ended with exit code 2"), output, FOLDER);
		assertFalse(failure.getMessage().contains("\n"));
		assertTrue(failure.details().contains(output));
		return failure.getMessage();
	}

	@Test
	void versionsAreOrderedByTheirNumbers() {
		assertTrue(OwnPython.compareVersions("0.9.0", "0.10.0") < 0);
		assertTrue(OwnPython.compareVersions("1.0", "0.10.0") > 0);
		assertEquals(0, OwnPython.compareVersions("1.0", "1.0.0"));
	}

	@Test
	void whatIsHalfMadeIsNotThere() throws Exception {
		final OwnPython own = new OwnPython(root.toFile());
		assertEquals(OwnPython.Stage.NONE, own.stage());
		final Path python = own.executable().toPath();
		Files.createDirectories(python.getParent());
		Files.createFile(python);
		assertEquals(OwnPython.Stage.NONE, own.stage());
		// Of other packages than those of this jar.
		Files.write(own.folder().toPath().resolve("similij.stage"), Arrays.asList("ALL", "another"));
		assertEquals(OwnPython.Stage.NONE, own.stage());
	}

	@Test
	void eachFailureIsOneSentenceThatSaysWhatToDo() {
		final String offline = sentence("error: Failed to fetch: `https://some.where/simple/numpy/`\n" +
			"  Caused by: error sending request for url (https://some.where/simple/numpy/)\n" +
			"  Caused by: dns error: failed to lookup address information: Name or service not known\n");
		assertTrue(offline.contains("dns error: failed to lookup address information"), offline);
		assertTrue(offline.contains("connect this computer to the internet"), offline);
		assertFalse(offline.contains("some.where"), offline);
		final String full = sentence("error: Failed to install: numpy\n  Caused by: failed to copy file from /home/me/.cache/a to " +
			FOLDER + "/lib/b: No space left on device (os error 28)\n");
		assertTrue(full.contains("The disk of \"" + FOLDER + "\" is full"), full);
		final String denied = sentence("error: failed to create directory: Permission denied (os error 13)");
		assertTrue(denied.contains("ImageJ may not write to \"" + FOLDER + "\""), denied);
		final String other = sentence("error: something new\n");
		assertTrue(other.contains("something new"), other);
	}
}
