// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.List;
import java.util.Map;

/** The next step of a comparison of folders: a pair, or a picture. */
public final class Next extends Message<Next.Answer> {

	private final String run;

	public Next(final String run) {
		super("next");
		this.run = run;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("run", run);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		final Fields open = reply.inside("open");
		return new Answer(Row.of(reply), reply.text("words"), reply.whole("done"), open == null ? null : new Job(open), reply
			.flag("end"), reply.texts("notes"));
	}

	/** What came of the step. */
	public static final class Answer {

		public final List<Row> rows;
		/** What comes next; at the end what came of it all. For the status bar. */
		public final String words;
		/** Pairs so far. */
		public final int done;
		/** The pair that ImageJ is to open, as Python reads no such files; or null. */
		public final Job open;
		/** There are no more steps. */
		public final boolean end;
		/** For the Log. */
		public final List<String> notes;

		Answer(final List<Row> rows, final String words, final int done, final Job open, final boolean end,
			final List<String> notes)
		{
			this.rows = rows;
			this.words = words;
			this.done = done;
			this.open = open;
			this.end = end;
			this.notes = notes;
		}
	}

	/** Two files, and those that belong to them. */
	public static final class Job {

		/** Paths. */
		public final String image1;
		public final String image2;
		/** Null where there is none; so the others. */
		public final String rois;
		public final String mask;
		public final String labels;
		/** For the rows. */
		public final String name1;
		public final String name2;

		Job(final Fields reply) throws BackendException {
			image1 = reply.text("image_1");
			image2 = reply.text("image_2");
			rois = reply.textOrNull("rois");
			mask = reply.textOrNull("mask");
			labels = reply.textOrNull("labels");
			name1 = reply.text("name_1");
			name2 = reply.text("name_2");
		}
	}
}
