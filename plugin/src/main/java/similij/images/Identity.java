// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import ij.ImagePlus;

import java.io.File;
import java.util.UUID;

/**
 * Tells whether an image is the one of another time: of the same title, sizes and file, with the file as it was then.
 * <p>
 * A title alone is not enough, since each folder has its own {@code cell01.tif}; nor is a path, since another picture
 * can be written to it. An image that is of no file is known by its ID, which holds as long as this ImageJ runs: two
 * images that were just made may have the same title and size, and nothing else tells them apart.
 * </p>
 */
public final class Identity {

	/** Names this ImageJ, in which IDs of images are unique. */
	private static final String SESSION = UUID.randomUUID().toString();

	private Identity() {}

	/** A line of text that two images have in common only if they are the same. */
	public static String of(final ImagePlus image) {
		final File file = new File(ImageFacts.file(image));
		final String source = file.isFile() ? file.getAbsolutePath() + " of " + file.length() + " bytes, " + file
			.lastModified() : "image " + image.getID() + " of " + SESSION;
		final int[] sizes = image.getDimensions();
		return image.getTitle() + ": " + sizes[0] + "x" + sizes[1] + ", c" + sizes[2] + " z" + sizes[3] + " t" + sizes[4] +
			", " + image.getType() + ", " + source;
	}
}
