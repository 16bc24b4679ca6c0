// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.List;
import java.util.Map;

/** All comparisons of a run are done: which pictures will there be? */
public final class PictureList extends Message<PictureList.Answer> {

	private final String runId;

	public PictureList(final String runId) {
		super("pictures");
		this.runId = runId;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("run_id", runId);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		return new Answer(reply.texts("pictures"), reply.texts("notes"));
	}

	/** What will be drawn, and what not. */
	public static final class Answer {

		/** What each is called. */
		public final List<String> pictures;
		/** Why a picture that was asked for will not be there. */
		public final List<String> notes;

		Answer(final List<String> pictures, final List<String> notes) {
			this.pictures = pictures;
			this.notes = notes;
		}
	}
}
