// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/** What ImageJ knows of an image: one of the two that are compared, labels or a mask beside them, or one of a matrix. */
public final class ImageInfo {

	/** For the rows and the sentences. */
	public final String name;
	/** Where it came from; "" where it is of no file. */
	public final String file;
	/** As ImageJ's menu words it. */
	public final String type;
	public final int width;
	public final int height;
	/** How many of them are compared. */
	public final int planes;
	/** How many there are along each axis. */
	public final Axes sizes;
	public final Pixel pixel;

	public ImageInfo(final String name, final String file, final String type, final int width, final int height, final int planes, final Axes sizes, final Pixel pixel) {
		this.name = name;
		this.file = file;
		this.type = type;
		this.width = width;
		this.height = height;
		this.planes = planes;
		this.sizes = sizes;
		this.pixel = pixel;
	}

	Map<String, Object> toMap() {
		final Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("name", name);
		fields.put("file", file);
		fields.put("type", type);
		fields.put("width", width);
		fields.put("height", height);
		fields.put("planes", planes);
		fields.put("sizes", sizes.toMap());
		fields.put("pixel", pixel.toMap());
		return fields;
	}
}
