// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Which planes are compared, as rows say it: in words, in numbers for columns of their own, and in notes. */
public final class Place {

	/** Of a row that is about no plane. */
	public static final Place NONE = new Place("", Collections.<String, Object>emptyMap(), Collections.<String>emptyList());

	/** Words for the Plane column. */
	public final String plane;
	/** For the columns channel_1, channel_2, z, t and time_s; as Python said it, so it goes back. */
	public final Map<String, Object> numbers;
	public final List<String> notes;

	public Place(final String plane, final Map<String, Object> numbers, final List<String> notes) {
		this.plane = plane;
		this.numbers = numbers;
		this.notes = Collections.unmodifiableList(new ArrayList<>(notes));
	}
}
