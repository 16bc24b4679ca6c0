// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which files of two folders belong together. */
public final class Pair extends Message<Pair.Answer> {

	private final String folder1;
	private final String folder2;
	private final String pair;
	private final String rois;
	private final Terms terms;

	/**
	 * @param pair how file names begin; null: as usual
	 * @param rois ending of the region files; null: as usual
	 */
	public Pair(final String folder1, final String folder2, final String pair, final String rois, final Terms terms) {
		super("pair");
		this.folder1 = folder1;
		this.folder2 = folder2;
		this.pair = pair;
		this.rois = rois;
		this.terms = terms;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("folder_1", folder1);
		fields.put("folder_2", folder2);
		fields.put("pair", pair);
		fields.put("rois", rois);
		fields.put("save", terms.save);
		fields.put("options", terms.options);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		final List<Job> jobs = new ArrayList<>();
		for (final Fields job : reply.each("jobs"))
			jobs.add(new Job(job));
		return new Answer(reply.text("run_id"), jobs);
	}

	/** All pairs. */
	public static final class Answer {

		/** What the rows of this run are called. */
		public final String runId;
		public final List<Job> jobs;

		Answer(final String runId, final List<Job> jobs) {
			this.runId = runId;
			this.jobs = jobs;
		}
	}

	/** Two files, or one that has no partner. */
	public static final class Job {

		/** Paths; null where there is none. */
		public final String image1;
		public final String image2;
		public final String rois;
		/** For the rows. */
		public final String name1;
		public final String name2;
		/** Null, or why they cannot be compared. */
		public final String error;

		Job(final Fields reply) throws BackendException {
			image1 = reply.textOrNull("image_1");
			image2 = reply.textOrNull("image_2");
			rois = reply.textOrNull("rois");
			name1 = reply.text("name_1");
			name2 = reply.text("name_2");
			error = reply.textOrNull("error");
		}
	}
}
