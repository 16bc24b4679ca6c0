// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Map;

/** Begins to compare folders; {@link Next} then asks for one pair after the other. */
public final class Batch extends Message<Batch.Answer> {

	private final Folders folders;

	public Batch(final Folders folders) {
		super("batch");
		this.folders = folders;
	}

	@Override
	void write(final Map<String, Object> fields) {
		folders.write(fields);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		return new Answer(reply.text("run_id"), reply.whole("pairs"), reply.text("words"));
	}

	/** What there is to do. */
	public static final class Answer {

		/** What the rows of this run are called. */
		public final String runId;
		public final int pairs;
		/** How they were paired. */
		public final String words;

		Answer(final String runId, final int pairs, final String words) {
			this.runId = runId;
			this.pairs = pairs;
			this.words = words;
		}
	}
}
