// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.List;
import java.util.Map;

/** A row for what could not be compared, with its reason. */
public final class Problem extends Message<List<Row>> {

	private final String image1;
	private final String image2;
	private final String file1;
	private final String file2;
	private final String region;
	private final String error;
	private final Place place;
	private final Terms terms;

	/**
	 * @param image1 its name; so image 2
	 * @param file1 its path; "" where it is of no file
	 */
	public Problem(final String image1, final String image2, final String file1, final String file2, final String region,
		final String error, final Place place, final Terms terms)
	{
		super("problem");
		this.image1 = image1;
		this.image2 = image2;
		this.file1 = file1;
		this.file2 = file2;
		this.region = region;
		this.error = error;
		this.place = place;
		this.terms = terms;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("image_1", image1);
		fields.put("image_2", image2);
		fields.put("file_1", file1);
		fields.put("file_2", file2);
		fields.put("region", region);
		fields.put("error", error);
		fields.put("plane", place.plane);
		fields.put("place", place.numbers);
		terms.write(fields);
	}

	@Override
	List<Row> read(final Fields reply) throws BackendException {
		return Row.of(reply);
	}
}
