// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Planes that make one row a region, as Python grouped them: the answer to the message {@code plan}. */
public final class Group {

	/** Words for the Plane column. */
	public final String plane;
	/** The same in numbers, for the columns channel_1, channel_2, z, t and time_s; as it came, so it goes back. */
	public final Map<?, ?> place;
	public final String against;
	public final List<String> notes = new ArrayList<>();
	/** Places in the stacks of image 1 and image 2, counted from 1: which plane is compared with which. */
	public final int[] first;
	public final int[] second;
	/** The group that this one is a part of; else itself. */
	public final Group whole;

	Group(final Map<?, ?> words) {
		whole = this;
		plane = words.get("plane").toString();
		place = (Map<?, ?>) words.get("place");
		against = words.get("against").toString();
		for (final Object note : (List<?>) words.get("notes"))
			notes.add(note.toString());
		final List<?> pairs = (List<?>) words.get("planes");
		first = new int[pairs.size()];
		second = new int[pairs.size()];
		for (int k = 0; k < first.length; k++) {
			final List<?> pair = (List<?>) pairs.get(k);
			first[k] = ((Number) pair.get(0)).intValue();
			second[k] = ((Number) pair.get(1)).intValue();
		}
	}

	private Group(final Group all, final String plane, final String note, final int[] chosen) {
		whole = all;
		this.plane = plane;
		place = all.place;
		against = all.against;
		notes.add(note);
		notes.addAll(all.notes);
		first = IntStream.of(chosen).map(k -> all.first[k]).toArray();
		second = IntStream.of(chosen).map(k -> all.second[k]).toArray();
	}

	/**
	 * Some of its pairs of planes, as a comparison of their own.
	 *
	 * @param chosen their places in this group, counted from 0
	 */
	public Group only(final int[] chosen, final String plane, final String note) {
		return new Group(this, plane, note, chosen);
	}

	/** The groups of a reply. */
	public static List<Group> of(final Map<String, Object> reply) throws BackendException {
		final Object groups = reply.get("groups");
		if (!(groups instanceof Iterable)) throw new BackendException("Python answered without a plan (" + reply +
			"): update both sides, \"pip install -U similij\" and \"similij install <ImageJ or Fiji folder>\".");
		final List<Group> list = new ArrayList<>();
		for (final Object group : (Iterable<?>) groups)
			list.add(new Group((Map<?, ?>) group));
		return list;
	}

	public int size() {
		return first.length;
	}
}
