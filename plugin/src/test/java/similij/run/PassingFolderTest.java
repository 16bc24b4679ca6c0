// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.BackendException;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an ImageJ left that was killed is removed, and nothing else. */
class PassingFolderTest {

	@TempDir
	Path temporary;

	private Path folder(final String name) throws IOException {
		final Path folder = Files.createDirectories(temporary.resolve(name).resolve("run-1"));
		Files.write(folder.resolve("map.tif"), new byte[] { 1 });
		return temporary.resolve(name);
	}

	private TreeSet<String> there() {
		return new TreeSet<>(Arrays.asList(temporary.toFile().list()));
	}

	@Test
	void whatIsLeftGoes() throws IOException {
		folder("similij-imagej-1");
		Files.createFile(temporary.resolve("similij-imagej-1.lock"));
		PassingFolder.removeLeft(temporary);
		assertEquals(new TreeSet<>(), there());
	}

	@Test
	void whatIsNotOursStays() throws IOException {
		// Without a lock, it is nobody's or is just being made; other names are others'.
		folder("similij-imagej-2");
		folder("similij-9");
		folder("others");
		Files.createFile(temporary.resolve("others.lock"));
		// A link is not followed, neither as the folder nor as the lock, nor within.
		Files.createSymbolicLink(temporary.resolve("similij-imagej-3"), temporary.resolve("others"));
		Files.createFile(temporary.resolve("similij-imagej-3.lock"));
		Files.createSymbolicLink(temporary.resolve("similij-imagej-4.lock"), temporary.resolve("others.lock"));
		folder("similij-imagej-4");
		folder("similij-imagej-5");
		Files.createSymbolicLink(temporary.resolve("similij-imagej-5").resolve("in"), temporary.resolve("others"));
		Files.createFile(temporary.resolve("similij-imagej-5.lock"));
		PassingFolder.removeLeft(temporary);
		assertEquals(new TreeSet<>(Arrays.asList("others", "others.lock", "similij-9", "similij-imagej-2",
			"similij-imagej-3", "similij-imagej-4", "similij-imagej-4.lock")), there());
		assertTrue(Files.exists(temporary.resolve("others/run-1/map.tif")));
	}

	@Test
	void ourOwnStays() throws BackendException {
		final File folder = PassingFolder.make();
		PassingFolder.removeLeft(Paths.get(System.getProperty("java.io.tmpdir")));
		assertTrue(folder.isDirectory());
		final File second = PassingFolder.make();
		assertEquals(folder.getParentFile(), second.getParentFile());
		assertTrue(folder.delete() && second.delete());
	}
}
