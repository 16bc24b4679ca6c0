// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Python;
import similij.wire.Readable;

import ij.IJ;
import ij.ImagePlus;
import ij.Macro;
import ij.io.FileInfo;
import ij.io.Opener;

import java.io.File;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Opens an image as ImageJ does, in silence, and notices what ImageJ passes over: a file that ends too early.
 * <p>
 * ImageJ's decoders believe a file: from a strip that is cut short, or pages that come back to the first, they never
 * return. So Python, which reads most kinds, looks through the file before; and ImageJ opens it in a thread that is left
 * alone when it takes too long, or Esc is pressed.
 * </p>
 */
public final class ImageFile {

	private static final long POLL_MILLIS = 20;
	/** What ImageJ may take to open a file: so much, and a second more for each megabyte. */
	private static final long LEAST_SECONDS = 60;
	private static final long BYTES_A_SECOND = 1_000_000;
	/** How long a decoder that nobody waits for any more may take to end by itself. */
	private static final long LEFT_MILLIS = 10_000;

	private ImageFile() {}

	/** @param python looks through the file before */
	public static ImagePlus open(final String path, final Python python) throws BackendException {
		final File file = new File(path);
		if (!file.isFile()) throw new BackendException("\"" + path + "\" does not exist.");
		new Readable(path).ask(python.current());
		return open(file, () -> read(path), LEAST_SECONDS + file.length() / BYTES_A_SECOND);
	}

	/** As long as the user wants, but not longer than so many seconds. */
	static ImagePlus open(final File file, final Callable<ImagePlus> reader, final long seconds) throws BackendException {
		final ImagePlus image;
		final String reason;
		try (QuietErrors quiet = new QuietErrors()) {
			image = within(file, reader, seconds);
			reason = quiet.lastError();
		}
		if (image == null || image.getWidth() == 0) throw new BackendException("ImageJ could not open \"" + file.getName() +
			"\"" + (reason == null ? "" : " (" + reason + ")") +
			": it is no image in a format that this ImageJ reads, or it is damaged.");
		checkComplete(image, file);
		return image;
	}

	private static ImagePlus within(final File file, final Callable<ImagePlus> reader, final long seconds)
		throws BackendException
	{
		final FutureTask<ImagePlus> task = new FutureTask<>(reader);
		final Thread thread = new Thread(task, "SimilIJ-open");
		thread.setDaemon(true);
		thread.start();
		final long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
		while (true) {
			try {
				return task.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
			}
			catch (final TimeoutException e) {
				if (IJ.escapePressed()) {
					leave(thread);
					throw new CancelledException("Image Similarity: cancelled while ImageJ opened \"" + file.getName() + "\"");
				}
				if (System.nanoTime() > until) {
					leave(thread);
					throw new BackendException("ImageJ did not open \"" + file.getName() + "\" within " + seconds +
						" seconds: it is damaged, or lies where reading takes long. Save it again as TIFF, or copy it to this computer.");
				}
			}
			catch (final InterruptedException e) {
				leave(thread);
				Thread.currentThread().interrupt();
				throw new CancelledException("Image Similarity: interrupted");
			}
			catch (final ExecutionException e) {
				if (e.getCause() instanceof Error) throw (Error) e.getCause();
				if (Macro.MACRO_CANCELED.equals(e.getCause().getMessage())) return null;
				throw new BackendException("ImageJ could not open \"" + file.getName() + "\" (" + e.getCause() + ").", e.getCause()
					.toString());
			}
		}
	}

	/**
	 * Nobody waits for this thread any more. One that does not end by itself is stopped where Java still can (before 20): it
	 * would take a processor, and perhaps all memory, until ImageJ ends.
	 */
	@SuppressWarnings("deprecation")
	private static void leave(final Thread thread) {
		thread.interrupt();
		thread.setPriority(Thread.MIN_PRIORITY);
		final Thread stopping = new Thread(() -> {
			try {
				thread.join(LEFT_MILLIS);
				if (thread.isAlive()) thread.stop();
			}
			catch (final InterruptedException | UnsupportedOperationException e) {
				// It is left alone.
			}
		}, "SimilIJ-leave");
		stopping.setDaemon(true);
		stopping.start();
	}

	/** Null where ImageJ has told, in its way, that it cannot open the file. */
	private static ImagePlus read(final String path) {
		final Opener opener = new Opener();
		opener.setSilentMode(true);
		return opener.openImage(path);
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
