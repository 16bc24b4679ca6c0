// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What is to be compared of two images, without the pixels. */
public final class Request {

	private final ImageInfo image1;
	private final ImageInfo image2;
	private final ImageInfo labels;
	private final ImageInfo mask;
	private final Box box;
	private final List<RegionInfo> regions;
	private final Place place;
	private final Terms terms;
	private final boolean inverse;
	private final boolean pictures;
	private final boolean rows;

	/**
	 * @param labels null where there are none
	 * @param mask null where there is none
	 * @param box the part that travels
	 * @param inverse whether the background is a row
	 * @param pictures whether the planes are drawn, too
	 * @param rows whether there are rows at all: false where the planes are only drawn
	 */
	public Request(final ImageInfo image1, final ImageInfo image2, final ImageInfo labels, final ImageInfo mask,
		final Box box, final List<RegionInfo> regions, final Place place, final Terms terms, final boolean inverse,
		final boolean pictures, final boolean rows)
	{
		this.image1 = image1;
		this.image2 = image2;
		this.labels = labels;
		this.mask = mask;
		this.box = box;
		this.regions = regions;
		this.place = place;
		this.terms = terms;
		this.inverse = inverse;
		this.pictures = pictures;
		this.rows = rows;
	}

	/** A row of these images and planes that says why there is no other. */
	public Problem problem(final String region, final String reason) {
		return problem(region, reason, place);
	}

	/** The same, where more planes than those of this request are meant. */
	public Problem problem(final String region, final String reason, final Place where) {
		return new Problem(image1.name, image2.name, image1.file, image2.file, region, reason, where, terms);
	}

	Map<String, Object> toMap() {
		final Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("image_1", image1.toMap());
		fields.put("image_2", image2.toMap());
		fields.put("labels", labels == null ? null : labels.toMap());
		fields.put("mask", mask == null ? null : mask.toMap());
		fields.put("box", box.toMap());
		fields.put("regions", regions.stream().map(RegionInfo::toMap).collect(Collectors.toList()));
		fields.put("inverse", inverse);
		fields.put("pictures", pictures);
		fields.put("rows", rows);
		fields.put("plane", place.plane);
		fields.put("place", place.numbers);
		fields.put("notes", place.notes);
		terms.write(fields);
		return fields;
	}
}
