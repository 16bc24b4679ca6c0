// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermissions;

import org.apposed.appose.SharedMemory;
import org.junit.jupiter.api.Test;

class SharedPlanesTest {

	@Test
	void onlyItsOwnerSeesASegment() throws IOException {
		assumeTrue(Files.isDirectory(Paths.get("/dev/shm")), "shared memory is no file here");
		final Path file;
		try (SharedMemory segment = SharedPlanes.segment(100_000)) {
			file = Paths.get("/dev/shm", segment.name());
			assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
			segment.buf(0, 100_000).put(99_999, (byte) 7);
			assertEquals(7, segment.buf(0, 100_000).get(99_999));
		}
		assertFalse(Files.exists(file));
	}
}
