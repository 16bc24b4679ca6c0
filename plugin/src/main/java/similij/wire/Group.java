// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Pairs of planes that belong together: one row a region, or one for each part of them that a region is tied to. */
public final class Group {

	/** Words for the Plane column, of all its planes. */
	public final String plane;
	/** In numbers, for columns of their own; as it came, so it goes back. */
	public final Map<String, Object> place;
	/** Places in the stacks of image 1 and image 2, counted from 1: which plane is compared with which. */
	public final int[] first;
	public final int[] second;
	public final List<Part> parts = new ArrayList<>();

	Group(final Fields reply) throws BackendException {
		plane = reply.text("plane");
		place = reply.map("place");
		final List<int[]> pairs = reply.pairs("planes");
		first = pairs.stream().mapToInt(pair -> pair[0]).toArray();
		second = pairs.stream().mapToInt(pair -> pair[1]).toArray();
		for (final Fields part : reply.each("parts"))
			parts.add(new Part(part));
	}

	public int size() {
		return first.length;
	}

	/** A comparison of its own: of all pairs of the group, or of those that a region is tied to. */
	public final class Part {

		/** Words for the Plane column. */
		public final String plane;
		public final List<String> notes;
		/** Places of its regions among all, counted from 0. */
		public final int[] regions;
		/** Of those that are only drawn here. */
		public final int[] drawn;
		/** False where the planes are only drawn. */
		public final boolean rows;
		/** Whether it has neither the background nor the pictures, which are those of the whole group. */
		public final boolean apart;
		/** As those of the group. */
		public final int[] first;
		public final int[] second;

		Part(final Fields reply) throws BackendException {
			plane = reply.text("plane");
			notes = reply.texts("notes");
			regions = reply.wholes("regions");
			drawn = reply.wholes("drawn");
			rows = reply.flag("rows");
			apart = reply.flag("apart");
			final int[] chosen = reply.has("pairs") ? reply.wholes("pairs") : IntStream.range(0, size()).toArray();
			first = IntStream.of(chosen).map(k -> Group.this.first[k]).toArray();
			second = IntStream.of(chosen).map(k -> Group.this.second[k]).toArray();
		}

		/** The group that it is a part of. */
		public Group group() {
			return Group.this;
		}
	}
}
