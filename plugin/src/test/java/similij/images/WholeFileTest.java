// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {

	private static final byte[] NEW = { 1, 2, 3 };

	@TempDir
	Path folder;
	private Path file;

	@BeforeEach
	void name() {
		file = folder.resolve("a.png");
	}

	@Test
	void aFileIsMadeAndReplacedAndNothingElseIsLeft() throws IOException {
		WholeFile.write(file, NEW);
		assertArrayEquals(NEW, Files.readAllBytes(file));
		WholeFile.write(file, new byte[] { 9 });
		assertArrayEquals(new byte[] { 9 }, Files.readAllBytes(file));
		assertEquals(Collections.singletonList(file), left());
	}

	@Test
	void permissionsAreKept() throws IOException {
		assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
		Files.write(file, NEW);
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
		WholeFile.write(file, NEW);
		assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
	}

	@Test
	void aLinkIsNotFollowed() throws IOException {
		final Path own = Files.write(folder.resolve("own"), new byte[] { 7 });
		try {
			Files.createSymbolicLink(file, own);
		}
		catch (final UnsupportedOperationException | IOException e) {
			assumeTrue(false, "no links here");
		}
		assertTrue(refusal().startsWith("it is a symbolic link, to \"" + own));
		assertArrayEquals(new byte[] { 7 }, Files.readAllBytes(own));
		assertTrue(Files.isSymbolicLink(file));
	}

	@Test
	void aFolderAndAPipeAreRefused() throws IOException, InterruptedException {
		Files.createDirectory(file);
		assertEquals("it is a folder", refusal());
		Files.delete(file);
		assumeTrue(Files.isExecutable(folder.getFileSystem().getPath("/usr/bin/mkfifo")));
		assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());
		assertTrue(refusal().startsWith("it is a device, a pipe"));
		assertTrue(Files.exists(file));
	}

	@Test
	void aMissingFolderIsNamedByItsReason() throws IOException {
		file = folder.resolve("none").resolve("a.png");
		assertEquals("NoSuchFileException", refusal());
		assertEquals(Collections.emptyList(), left());
	}

	private String refusal() throws IOException {
		final List<Path> before = left();
		final String why = assertThrows(IOException.class, () -> WholeFile.write(file, NEW)).getMessage();
		assertEquals(before, left());
		return why;
	}

	private List<Path> left() throws IOException {
		try (Stream<Path> all = Files.list(folder)) {
			return all.sorted().collect(Collectors.toList());
		}
	}
}
