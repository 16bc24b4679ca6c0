// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One of the pictures of a run is to be drawn. */
public final class Draw extends Message<Draw.Answer> {

	private final String runId;
	private final int picture;

	/** @param picture its place in the list of them, counted from 0 */
	public Draw(final String runId, final int picture) {
		super("draw");
		this.runId = runId;
		this.picture = picture;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("run_id", runId);
		fields.put("picture", picture);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		final List<Picture> pictures = new ArrayList<>();
		for (final Fields picture : reply.each("pictures"))
			pictures.add(new Picture(picture));
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
