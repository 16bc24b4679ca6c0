// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.OpenImages;
import similij.wire.Album;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.Draw;
import similij.wire.Picture;
import similij.wire.Protocol;
import similij.wire.Request;

import ij.IJ;
import ij.ImagePlus;

import java.awt.GraphicsEnvironment;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;

/**
 * Pictures of a run: Python draws them into a folder while it compares, and they are opened here where there is a window.
 */
public final class Pictures {

	/** A picture of more than this share of the memory that is left stays on disk and is read plane by plane. */
	private static final double SHARE = 0.5;
	/** Pixels along the shorter side of a map, below which a bar would hide it, and for a bar of ImageJ's own size. */
	private static final int SMALLEST = 100;
	private static final double FULL_SIZE = 400;
	/** How long Esc waits for files to be removed that a plane under way may hold back. */
	private static final long PATIENCE_MILLIS = 100;

	private final Backend backend;
	/** The name of the run that they are of. */
	private final String run;
	private final File folder;
	/** Whether the folder is ours, to be removed when the pictures are open. */
	private final boolean passing;

	private Pictures(final Backend backend, final String run, final File folder, final boolean passing) {
		this.backend = backend;
		this.run = run;
		this.folder = folder;
		this.passing = passing;
	}

	/**
	 * Lets Python begin.
	 *
	 * @param save the folder that keeps the files, or null
	 */
	static Pictures begin(final Backend backend, final String save, final Request request) throws BackendException {
		final boolean passing = save == null;
		if (passing && !hasWindows()) throw new BackendException(
			"pictures are asked for, and this ImageJ has no windows to show them: give save=[folder].");
		final File folder = passing ? passingFolder() : new File(save);
		return new Pictures(backend, new Album(folder.getPath(), request).ask(backend), folder, passing);
	}

	/** What Python calls the run. */
	String run() {
		return run;
	}

	static boolean hasWindows() {
		return !GraphicsEnvironment.isHeadless() && IJ.getInstance() != null;
	}

	static File passingFolder() throws BackendException {
		try {
			return Files.createTempDirectory("similij-").toFile();
		}
		catch (final IOException e) {
			throw new BackendException("The pictures need a passing folder, and none could be made (" + e.getMessage() +
				"): give save=[folder].", e.toString());
		}
	}

	/** Lets Python finish them, and shows them. */
	void show() throws BackendException {
		final Draw.Answer drawn = new Draw(run).ask(backend);
		for (final String note : drawn.notes)
			IJ.log("Image Similarity: " + note);
		for (final Picture picture : drawn.pictures)
			if (hasWindows() && picture.shown) open(picture.path, picture.title);
		if (!passing) IJ.showStatus("Image Similarity: pictures are in " + folder);
		remove();
	}

	private void open(final String path, final String title) throws BackendException {
		final File file = new File(path);
		final double free = IJ.maxMemory() - IJ.currentMemory();
		final boolean large = file.length() > SHARE * free && path.endsWith(".tif");
		final ImagePlus image = large ? IJ.openVirtual(path) : IJ.openImage(path);
		if (image == null) throw new BackendException("ImageJ could not open the picture \"" + path + "\".");
		image.setTitle(title);
		OpenImages.picture(image).show();
		if (path.endsWith(".tif")) showScale(image);
		if (large) file.deleteOnExit();
		else if (passing) file.delete();
	}

	/** What the colours mean: ImageJ's own bar, in the overlay, where there is room for it. */
	private static void showScale(final ImagePlus image) {
		if (Math.min(image.getWidth(), image.getHeight()) < SMALLEST) return;
		final double zoom = Math.max(0.5, Math.min(image.getWidth(), image.getHeight()) / FULL_SIZE);
		IJ.run(image, "Calibration Bar...", "location=[Upper Right] fill=White label=Black number=5 decimal=" + (image
			.getDisplayRangeMax() < 10 ? 2 : 0) + " font=12 zoom=" + IJ.d2s(zoom, 1) + " overlay");
	}

	/** The run was cancelled or failed: nothing of it stays. */
	void discard() {
		final Thread thread = new Thread(this::forget, "SimilIJ-discard");
		thread.setDaemon(true);
		thread.start();
		try {
			thread.join(PATIENCE_MILLIS);
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	/** Once Python is done with the plane that it has: it draws into the same files. */
	private void forget() {
		synchronized (backend) {
			Protocol.forget(backend, run);
		}
		remove();
	}

	private void remove() {
		if (!passing) return;
		final File[] left = folder.listFiles();
		if (left != null) for (final File file : left) {
			if (!file.getName().endsWith(".tif")) file.delete();
		}
		if (!folder.delete()) folder.deleteOnExit();
	}
}
