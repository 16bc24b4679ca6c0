// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All comparisons of a run are done: its pictures are written. */
public final class Draw extends Message<Draw.Answer> {

	private final String runId;

	public Draw(final String runId) {
		super("draw");
		this.runId = runId;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("run_id", runId);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		final List<Picture> pictures = new ArrayList<>();
		for (final Fields picture : reply.each("pictures"))
			pictures.add(new Picture(picture.text("path"), picture.text("title"), picture.flag("shown")));
		return new Answer(pictures, reply.texts("notes"));
	}

	/** What was drawn, and what was not. */
	public static final class Answer {

		public final List<Picture> pictures;
		/** Why a picture that was asked for is not there. */
		public final List<String> notes;

		Answer(final List<Picture> pictures, final List<String> notes) {
			this.pictures = pictures;
			this.notes = notes;
		}
	}
}
