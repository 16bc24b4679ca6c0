// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import similij.wire.BackendException;

import ij.ImagePlus;
import ij.Macro;
import ij.io.FileInfo;
import ij.io.Opener;

import java.io.File;

/** Opens an image as ImageJ does, in silence, and notices what ImageJ passes over: a file that ends too early. */
public final class ImageFile {

	private ImageFile() {}

	public static ImagePlus open(final String path) throws BackendException {
		final File file = new File(path);
		if (!file.isFile()) throw new BackendException("\"" + path + "\" does not exist.");
		final ImagePlus image;
		final String reason;
		try (QuietErrors quiet = new QuietErrors()) {
			image = read(path);
			reason = quiet.lastError();
		}
		if (image == null || image.getWidth() == 0) throw new BackendException("ImageJ could not open \"" + file.getName() +
			"\"" + (reason == null ? "" : " (" + reason + ")") +
			": it is no image in a format that this ImageJ reads, or it is damaged.");
		checkComplete(image, file);
		return image;
	}

	/** Null where ImageJ has told, in its way, that it cannot open the file. */
	private static ImagePlus read(final String path) throws BackendException {
		final Opener opener = new Opener();
		opener.setSilentMode(true);
		try {
			return opener.openImage(path);
		}
		catch (final RuntimeException e) {
			if (Macro.MACRO_CANCELED.equals(e.getMessage())) return null;
			throw new BackendException("ImageJ could not open \"" + new File(path).getName() + "\" (" + e + ").", e.toString());
		}
	}

	/** ImageJ fills the pixels that a truncated TIFF lacks with 0 and says nothing. */
	private static void checkComplete(final ImagePlus image, final File file) throws BackendException {
		final FileInfo info = image.getOriginalFileInfo();
		if (info == null || info.fileFormat != FileInfo.TIFF) return;
		long end = info.getOffset();
		if (info.stripOffsets != null && info.stripLengths != null) {
			for (int i = 0; i < Math.min(info.stripOffsets.length, info.stripLengths.length); i++)
				// Beyond 2 GB ImageJ's offsets are negative numbers; TIFF means them without a sign.
				end = Math.max(end, (info.stripOffsets[i] & 0xffffffffL) + info.stripLengths[i]);
		}
		else if (info.compression == FileInfo.COMPRESSION_NONE) {
			end += (long) info.width * info.height * info.getBytesPerPixel() * Math.max(1, info.nImages);
		}
		if (end > file.length()) throw new BackendException("\"" + file.getName() + "\" is truncated: its pixels end at byte " +
			end + ", the file at byte " + file.length() + ". Copy or save it again.");
	}
}
