// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.List;
import java.util.Map;

/** Which of some regions are on a plane: asked only where ImageJ ties one of them to some planes. */
public final class Tied extends Message<Tied.Answer> {

	private final ImageInfo image;
	private final Axes at;
	private final List<TiedRegion> regions;
	private final boolean inverse;

	/**
	 * @param image the one whose planes are meant
	 * @param at the plane
	 * @param inverse whether the background is a row, so that there is one where no region is on the plane
	 */
	public Tied(final ImageInfo image, final Axes at, final List<TiedRegion> regions, final boolean inverse) {
		super("tied");
		this.image = image;
		this.at = at;
		this.regions = regions;
		this.inverse = inverse;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("image", image.toMap());
		fields.put("at", at.toMap());
		fields.put("regions", TiedRegion.toMaps(regions));
		fields.put("inverse", inverse);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		return new Answer(reply.wholes("here"), reply.textOrNull("problem"));
	}

	/** The regions that are on the plane. */
	public static final class Answer {

		/** Their places in the list, counted from 0. */
		public final int[] here;
		/** Null, or why there is nothing to compare. */
		public final String problem;

		Answer(final int[] here, final String problem) {
			this.here = here;
			this.problem = problem;
		}
	}
}
