// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A step of a comparison of many images, each with each. */
public final class Matrix extends Message<Matrix.Answer> {

	private final String run;
	private final Map<String, Object> request;
	private final ImageInfo image;
	private final PixelBuffer plane;
	private final boolean end;

	private Matrix(final String run, final Map<String, Object> request, final ImageInfo image, final PixelBuffer plane,
		final boolean end)
	{
		super("matrix");
		this.run = run;
		this.request = request;
		this.image = image;
		this.plane = plane;
		this.end = end;
	}

	/**
	 * The first one.
	 *
	 * @param rois a file of regions, or null
	 * @param folder receives tables and pictures, or null
	 * @param options words that Python reads
	 */
	public static Matrix begin(final String run, final String rois, final String folder,
		final Map<String, String> options)
	{
		final Map<String, Object> request = new LinkedHashMap<>();
		request.put("rois", rois);
		request.put("folder", folder);
		request.put("options", options);
		return new Matrix(run, request, null, null, false);
	}

	/** The next image; its planes follow. */
	public static Matrix image(final String run, final ImageInfo image) {
		return new Matrix(run, null, image, null, false);
	}

	/** A plane of the image that was named last. */
	public static Matrix plane(final String run, final PixelBuffer plane) {
		return new Matrix(run, null, null, plane, false);
	}

	/** There are no more images; only to this one the answer has rows. */
	public static Matrix end(final String run) {
		return new Matrix(run, null, null, null, true);
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("run", run);
		if (request != null) fields.put("request", request);
		if (image != null) fields.put("image", image.toMap());
		if (plane != null) fields.put("plane", plane.wire());
		fields.put("end", end);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		if (!end) return null;
		final List<Picture> pictures = new ArrayList<>();
		for (final Fields picture : reply.each("pictures"))
			pictures.add(new Picture(picture.text("path"), picture.text("title")));
		return new Answer(Row.of(reply), reply.texts("words"), pictures);
	}

	/** What came of all images. */
	public static final class Answer {

		/** One for each pair. */
		public final List<Row> rows;
		/** For the Log. */
		public final List<String> words;
		public final List<Picture> pictures;

		Answer(final List<Row> rows, final List<String> words, final List<Picture> pictures) {
			this.rows = rows;
			this.words = words;
			this.pictures = pictures;
		}
	}
}
