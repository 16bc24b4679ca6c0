// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.OpenImages;
import similij.wire.Album;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Chart;
import similij.wire.Draw;
import similij.wire.Inert;
import similij.wire.Picture;
import similij.wire.PictureList;
import similij.wire.Protocol;
import similij.wire.Request;

import ij.IJ;
import ij.ImagePlus;
import ij.gui.GUI;
import ij.gui.ImageCanvas;
import ij.gui.ImageWindow;
import ij.gui.Plot;

import java.awt.Dimension;
import java.awt.Frame;
import java.awt.GraphicsEnvironment;
import java.awt.Rectangle;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Pictures of a run: Python makes their numbers, and maps as files; plots are drawn here, and all are shown where there is
 * a window.
 */
public final class Pictures {

	/** A picture of more than this share of the memory that is left stays on disk and is read plane by plane. */
	private static final double SHARE = 0.5;
	/** A map that is shown is no larger than this share of the screen, nor smaller than this zoom. */
	private static final double LARGEST = 0.3;
	private static final double SMALLEST_ZOOM = 1.0 / 32;
	/** How long Esc waits for files to be removed that a plane under way may hold back. */
	private static final long PATIENCE_MILLIS = 100;

	private final Backend backend;
	/** The name of the run that they are of. */
	private final String run;
	private final File folder;
	/** Whether the folder is ours, to be removed when the pictures are open. */
	private final boolean passing;
	private final List<ImageWindow> plotWindows = new ArrayList<>();
	private final List<ImageWindow> mapWindows = new ArrayList<>();

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
		final File folder = passing ? PassingFolder.make() : new File(save);
		return new Pictures(backend, new Album(folder.getPath(), !passing, request).ask(backend), folder, passing);
	}

	/** What Python calls the run. */
	String run() {
		return run;
	}

	static boolean hasWindows() {
		return !GraphicsEnvironment.isHeadless() && IJ.getInstance() != null;
	}

	/**
	 * Lets Python draw one after the other, and shows each. The rows are in the table by now. What cannot be drawn does not
	 * take the others with it.
	 */
	void show() throws BackendException {
		final PictureList.Answer wanted = new PictureList(run).ask(backend);
		log(wanted.notes);
		final Progress progress = Progress.ofPictures(wanted.pictures.size());
		BackendException failure = null;
		try {
			failure = draw(wanted.pictures, progress);
		}
		finally {
			IJ.showProgress(1.0);
			arrange();
		}
		forget();
		if (failure != null) throw failure;
		if (!passing) IJ.showStatus("Image Similarity: pictures are in " + folder);
	}

	/** The first failure, or null. */
	private BackendException draw(final List<String> pictures, final Progress progress) throws CancelledException {
		BackendException failure = null;
		for (int k = 0; k < pictures.size(); k++) {
			final int picture = k;
			progress.next(k, pictures.get(k));
			try {
				final Draw.Answer drawn = Background.run(() -> {
					// A picture that Esc has dropped may still be under way.
					synchronized (backend) {
						return new Draw(run, picture).ask(backend);
					}
				}, progress);
				log(drawn.notes);
				for (final Picture one : drawn.pictures)
					show(one);
			}
			catch (final CancelledException e) {
				throw e;
			}
			catch (final BackendException e) {
				if (failure == null) failure = e;
			}
		}
		return failure;
	}

	private static void log(final List<String> notes) {
		for (final String note : notes)
			IJ.log("Image Similarity: " + Inert.line(note));
	}

	private void show(final Picture picture) throws BackendException {
		if (picture.charts.isEmpty()) {
			if (hasWindows()) open(picture);
			return;
		}
		final List<Plot> plots = new ArrayList<>();
		for (final Chart chart : picture.charts)
			plots.add(Charts.plot(chart));
		if (!passing) Charts.save(plots, picture.path);
		if (hasWindows()) for (final Plot plot : plots) {
			plot.show();
			// Only now is there an image: one that the plot had before is another.
			OpenImages.mark(plot.getImagePlus(), picture.kind);
			if (plot.getImagePlus().getWindow() != null) plotWindows.add(plot.getImagePlus().getWindow());
		}
	}

	private void open(final Picture map) throws BackendException {
		final File file = new File(map.path);
		final double free = IJ.maxMemory() - IJ.currentMemory();
		final boolean large = file.length() > SHARE * free;
		final ImagePlus image = showFile(map, large);
		if (image.getWindow() != null) {
			ColorBar.addTo(image, map.scale);
			zoomOut(image, LARGEST);
			mapWindows.add(image.getWindow());
		}
		if (large) file.deleteOnExit();
		else if (passing) file.delete();
	}

	/**
	 * Shows a picture that is a file, and marks it as one that SimilIJ made.
	 *
	 * @param virtual whether it stays on disk and is read plane by plane
	 */
	static ImagePlus showFile(final Picture picture, final boolean virtual) throws BackendException {
		final ImagePlus image = virtual ? IJ.openVirtual(picture.path) : IJ.openImage(picture.path);
		if (image == null) throw new BackendException("ImageJ could not open the picture \"" + picture.path + "\".");
		image.setTitle(picture.title);
		OpenImages.mark(image, picture.kind);
		image.show();
		return image;
	}

	/**
	 * A picture as large as the screen would cover the images.
	 *
	 * @param largest share of the screen, across and down
	 */
	static void zoomOut(final ImagePlus image, final double largest) {
		final ImageCanvas canvas = image.getCanvas();
		final Rectangle screen = GUI.getMaxWindowBounds(IJ.getInstance());
		while (canvas.getMagnification() > SMALLEST_ZOOM && (canvas.getWidth() > largest * screen.width || canvas
			.getHeight() > largest * screen.height))
		{
			final double before = canvas.getMagnification();
			canvas.zoomOut(0, 0);
			if (canvas.getMagnification() >= before) return;
		}
	}

	/** Once all are there: how many there are decides where each goes. */
	private void arrange() {
		arrange(plotWindows, mapWindows);
	}

	/** Puts two groups of windows, each together, where they cover least of what else is on the screen. */
	static void arrange(final List<ImageWindow> first, final List<ImageWindow> second) {
		final List<ImageWindow> windows = new ArrayList<>(first);
		windows.addAll(second);
		if (windows.isEmpty()) return;
		final List<Rectangle> places = new Places(GUI.getMaxWindowBounds(IJ.getInstance()), others()).of(sizes(first),
			sizes(second));
		for (int k = 0; k < windows.size(); k++)
			windows.get(k).setLocation(places.get(k).getLocation());
	}

	private static List<Dimension> sizes(final List<ImageWindow> windows) {
		return windows.stream().map(ImageWindow::getSize).collect(Collectors.toList());
	}

	/** What is on the screen and no picture of an earlier run. */
	private static List<Rectangle> others() {
		final List<Rectangle> others = new ArrayList<>();
		for (final Frame frame : Frame.getFrames()) {
			final ImagePlus shown = frame instanceof ImageWindow ? ((ImageWindow) frame).getImagePlus() : null;
			final boolean picture = shown != null && OpenImages.isPicture(shown);
			if (frame.isShowing() && !picture && (frame.getExtendedState() & Frame.ICONIFIED) == 0) others.add(frame.getBounds());
		}
		return others;
	}

	/** The run was cancelled or failed: of its pictures those stay that were drawn. */
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

	/** Lets go of all that is left, once Python is done with what it has: it writes into the same files. */
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
