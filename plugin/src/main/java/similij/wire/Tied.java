// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.List;
import java.util.Map;

/** Which of some regions are on the planes that are shown: asked only where ImageJ ties one of them to some planes. */
public final class Tied extends Message<Tied.Answer> {

	private final ImageInfo image;
	private final Axes at;
	private final ImageInfo image2;
	private final Axes at2;
	private final List<TiedRegion> regions;

	/**
	 * @param image image 1
	 * @param at the plane that it shows
	 * @param image2 null where image 1 is compared with itself
	 * @param at2 null where image 2 is
	 */
	public Tied(final ImageInfo image, final Axes at, final ImageInfo image2, final Axes at2, final List<TiedRegion> regions) {
		super("tied");
		this.image = image;
		this.at = at;
		this.image2 = image2;
		this.at2 = at2;
		this.regions = regions;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("image", image.toMap());
		fields.put("at", at.toMap());
		fields.put("image_2", image2 == null ? null : image2.toMap());
		fields.put("at_2", at2 == null ? null : at2.toMap());
		fields.put("regions", TiedRegion.toMaps(regions));
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		return new Answer(reply.wholes("here"), Missing.all(reply));
	}

	/** The regions that are on the planes. */
	public static final class Answer {

		/** Their places in the list, counted from 0. */
		public final int[] here;
		/** The others. */
		public final List<Missing> missing;

		Answer(final int[] here, final List<Missing> missing) {
			this.here = here;
			this.missing = missing;
		}
	}
}
