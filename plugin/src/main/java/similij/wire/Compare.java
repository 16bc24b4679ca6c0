// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Collections;
import java.util.List;
import java.util.Map;

/** One plane of each image of a comparison; with the first one what is to be compared of them. */
public final class Compare extends Message<Compare.Answer> {

	/** Names of what travels plane by plane; buffers have the same. */
	public static final String MASKS = "masks";
	public static final String PLANE_1 = "plane_1";
	public static final String PLANE_2 = "plane_2";
	public static final String LABELS = "labels";
	public static final String MASK = "mask";

	private final String run;
	private final Request request;
	private final Map<String, PixelBuffer> buffers;
	private final Axes at;
	private final boolean end;

	/**
	 * @param request with the first message of a run only; else null
	 * @param buffers by the names above; those that are not there do not travel with this message
	 * @param at where in image 1 the plane is; null where there is none
	 * @param end whether it is the last plane of this pass
	 */
	public Compare(final String run, final Request request, final Map<String, PixelBuffer> buffers, final Axes at,
		final boolean end)
	{
		super("compare");
		this.run = run;
		this.request = request;
		this.buffers = buffers;
		this.at = at;
		this.end = end;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("run", run);
		if (request != null) fields.put("request", request.toMap());
		buffers.forEach((name, buffer) -> fields.put(name, buffer.wire()));
		if (at != null) fields.put("at", at.toMap());
		fields.put("end", end);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		final boolean again = reply.has("again") && reply.flag("again");
		return new Answer(again, end && !again ? Row.of(reply) : Collections.<Row>emptyList());
	}

	/** What Python says to a plane. */
	public static final class Answer {

		/** Whether it wants all planes once more. */
		public final boolean again;
		/** Empty as long as planes remain. */
		public final List<Row> rows;

		Answer(final boolean again, final List<Row> rows) {
			this.again = again;
			this.rows = rows;
		}
	}
}
