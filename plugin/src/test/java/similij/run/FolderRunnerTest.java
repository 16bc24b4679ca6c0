// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.options.FolderOptions;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;
import ij.io.FileSaver;
import ij.process.ByteProcessor;

import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** <i>Image Similarity of Two Folders...</i>: the conversation with Python, its end, and how Esc ends it. */
class FolderRunnerTest {

	private final List<Map<String, Object>> steps = new ArrayList<>();
	private final List<Row> shown = new ArrayList<>();
	private final CountDownLatch cancelled = new CountDownLatch(1);

	@AfterEach
	void clean() {
		IJ.resetEscape();
	}

	private final Results results = new Results() {

		@Override
		public void show(final List<Row> rows) {
			shown.addAll(rows);
		}

		@Override
		public void remark(final String run, final String remark) {
			throw new AssertionError("nobody asked for a remark");
		}
	};

	/** Python, which has a list of steps. */
	private final FakeBackend python = new FakeBackend() {

		@Override
		public Map<String, Object> call(final Map<String, Object> message) {
			messages.add(message);
			switch (message.get("op").toString()) {
				case "batch":
					final Map<String, Object> begun = new HashMap<>();
					begun.put("run_id", "a run");
					begun.put("pairs", steps.size());
					begun.put("words", "pairs by equal names.");
					return begun;
				case "next":
					return steps.remove(0);
				case "cancel":
					cancelled.countDown();
					return new HashMap<>();
				default:
					return rows("of ImageJ");
			}
		}
	};
	private final List<Map<String, Object>> messages = python.messages;

	private static Map<String, Object> rows(final String... notes) {
		final Map<String, Object> reply = new LinkedHashMap<>();
		reply.put("count", notes.length);
		final Map<String, Object> columns = new HashMap<>();
		columns.put("note", Arrays.asList(notes));
		reply.put("columns", columns);
		reply.put("metrics", Collections.emptyList());
		reply.put("places", Collections.emptyList());
		return reply;
	}

	private Map<String, Object> step(final boolean end, final String... notes) {
		final Map<String, Object> step = rows(notes);
		step.put("words", end ? "2 pairs" : "next");
		step.put("done", steps.size() + 1);
		step.put("open", null);
		step.put("end", end);
		step.put("notes", Collections.emptyList());
		steps.add(step);
		return step;
	}

	private void run() throws BackendException {
		new FolderRunner(python, FolderOptions.parse("folder_1=a folder_2=b pair=[{id}] save=[r.csv]", name -> null), results)
			.run();
	}

	private String ops() {
		final StringBuilder ops = new StringBuilder();
		messages.forEach(message -> ops.append(message.get("op")).append(' '));
		return ops.toString().trim();
	}

	private String notes() {
		final List<String> notes = new ArrayList<>();
		shown.forEach(row -> notes.add(row.text("note")));
		return notes.toString();
	}

	@Test
	void rowsAreShownAsTheyCome() throws BackendException {
		step(false, "one", "two");
		step(false);
		step(false, "three");
		step(true);
		run();
		assertEquals("[one, two, three]", notes());
		assertEquals("batch next next next next", ops());
		final Map<String, Object> batch = messages.get(0);
		assertEquals("{op=batch, folder_1=a, folder_2=b, save=r.csv, options={pair={id}}}", batch.toString());
		assertEquals("a run", messages.get(1).get("run"));
	}

	@Test
	void aPairThatPythonCannotReadIsOpenedHere(@TempDir final File folder) throws BackendException {
		final File file = new File(folder, "x.tif");
		new FileSaver(new ImagePlus("x", new ByteProcessor(3, 2))).saveAsTiff(file.getPath());
		for (final String second : Arrays.asList(file.getPath(), new File(folder, "no.tif").getPath())) {
			final Map<String, Object> open = new HashMap<>();
			open.put("image_1", file.getPath());
			open.put("image_2", second);
			open.put("rois", null);
			open.put("mask", null);
			open.put("labels", null);
			open.put("name_1", "one");
			open.put("name_2", "two");
			step(false).put("open", open);
		}
		step(true);
		run();
		assertEquals("[of ImageJ, of ImageJ]", notes());
		assertEquals("batch next readable readable compare next readable problem next", ops());
		final Map<?, ?> request = (Map<?, ?>) messages.get(4).get("request");
		assertEquals("a run", request.get("run_id"));
		// Python has the file open, and writes the rows of all pairs.
		assertEquals(null, request.get("save"));
		assertTrue(messages.get(7).get("error").toString().contains("does not exist"));
		assertEquals("a run", messages.get(7).get("run_id"));
	}

	@Test
	void escEndsItAndPythonLetsGoOfTheFile() throws Exception {
		step(false, "one");
		step(false, "two");
		final Results esc = new Results() {

			@Override
			public void show(final List<Row> rows) {
				results.show(rows);
				IJ.setKeyDown(java.awt.event.KeyEvent.VK_ESCAPE);
			}

			@Override
			public void remark(final String run, final String remark) {}
		};
		final CancelledException e = assertThrows(CancelledException.class, () -> new FolderRunner(python, FolderOptions
			.parse("folder_1=a", name -> null), esc).run());
		assertEquals("Image Similarity of Two Folders: cancelled at pair 2 of 2, the row so far is kept", e.getMessage());
		cancelled.await();
		assertEquals("[one]", notes());
		final Map<String, Object> last = messages.get(messages.size() - 1);
		assertEquals("{op=cancel, run=a run}", last.toString());
	}

	@Test
	void aRefusalOfPythonIsTheSentence() throws Exception {
		final Map<String, Object> failure = new HashMap<>();
		failure.put("error", "the disk is full");
		steps.add(failure);
		assertEquals("the disk is full", assertThrows(BackendException.class, this::run).getMessage());
		cancelled.await();
		assertFalse(messages.isEmpty());
	}
}
