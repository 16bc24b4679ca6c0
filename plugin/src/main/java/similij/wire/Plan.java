// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which planes and regions make which rows, asked before any pixel travels. */
public final class Plan extends Message<Plan.Answer> {

	private final ImageInfo image1;
	private final ImageInfo image2;
	private final Axes current1;
	private final Axes current2;
	private final List<TiedRegion> regions;
	private final boolean inverse;
	private final boolean pictures;
	private final Terms terms;

	/**
	 * @param image2 null where image 1 is compared with itself
	 * @param current1 the plane that image 1 shows
	 * @param current2 null where image 2 is
	 */
	public Plan(final ImageInfo image1, final ImageInfo image2, final Axes current1, final Axes current2,
		final List<TiedRegion> regions, final boolean inverse, final boolean pictures, final Terms terms)
	{
		super("plan");
		this.image1 = image1;
		this.image2 = image2;
		this.current1 = current1;
		this.current2 = current2;
		this.regions = regions;
		this.inverse = inverse;
		this.pictures = pictures;
		this.terms = terms;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("image_1", image1.toMap());
		fields.put("image_2", image2 == null ? null : image2.toMap());
		fields.put("current_1", current1.toMap());
		fields.put("current_2", current2 == null ? null : current2.toMap());
		fields.put("regions", TiedRegion.toMaps(regions));
		fields.put("inverse", inverse);
		fields.put("pictures", pictures);
		fields.put("run_id", terms.runId);
		fields.put("options", terms.options);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		final List<Group> groups = new ArrayList<>();
		for (final Fields group : reply.each("groups"))
			groups.add(new Group(group));
		return new Answer(reply.text("run_id"), groups, Missing.all(reply));
	}

	/** Groups of planes, each for rows of its own. */
	public static final class Answer {

		/** What the rows of this run are called. */
		public final String runId;
		public final List<Group> groups;
		/** The regions that are in no group. */
		public final List<Missing> missing;

		Answer(final String runId, final List<Group> groups, final List<Missing> missing) {
			this.runId = runId;
			this.groups = groups;
			this.missing = missing;
		}
	}
}
