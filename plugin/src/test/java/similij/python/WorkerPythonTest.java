// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.BackendException;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerPythonTest {

	@TempDir
	Path folder;
	private File python;
	private File record;

	@BeforeEach
	void files() throws Exception {
		final Path bin = Files.createDirectories(folder.resolve("my env ä").resolve("bin"));
		python = Files.createFile(bin.resolve("python")).toFile();
		record = folder.resolve("similij.properties").toFile();
	}

	private void record(final String path) throws Exception {
		Files.write(record.toPath(), Arrays.asList("# written by similij install", "python=" + path));
	}

	private static String refusal(final String preference, final File record, final String variable) {
		return assertThrows(BackendException.class, () -> WorkerPython.find(preference, record, variable)).getMessage();
	}

	@Test
	void thePreferenceThenTheRecordThenTheVariableThenOurOwn() throws Exception {
		assertNotNull(WorkerPython.find(null, record, null).own());
		assertNull(WorkerPython.find(null, record, python.getPath()).own());
		assertEquals(python, WorkerPython.find("", record, python.getPath()).executable());
		record(python.getPath());
		assertEquals(python, WorkerPython.find(null, record, "/nowhere").executable());
		record("/nowhere");
		assertEquals(python, WorkerPython.find(python.getPath(), record, "/nowhere").executable());
	}

	@Test
	void anEnvironmentsFolderWillDo() throws Exception {
		assertEquals(python, WorkerPython.find(folder.resolve("my env ä").toString(), null, null).executable());
		assertEquals(WorkerPython.find(python.getPath(), null, null), WorkerPython.find(null, null, folder.resolve(
			"my env ä").toString()));
		assertNotEquals(WorkerPython.find(python.getPath(), null, null), WorkerPython.find(null, null, null));
	}

	@Test
	void aMissingOneIsNamedWithWhereItIsWritten() throws Exception {
		record("/nowhere/python");
		assertTrue(refusal("/nowhere/python", null, null).contains("the preference similij.python names, \"/nowhere/python\""));
		assertTrue(refusal(null, record, null).contains(record.getPath()));
		assertTrue(refusal(null, null, "/nowhere/python").contains("SIMILIJ_PYTHON"));
		assertTrue(refusal(folder.toString(), null, null).contains("a folder without a Python"));
	}
}
