// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.ColorView;
import similij.images.ImageFacts;
import similij.images.ImageFile;
import similij.images.OpenImages;
import similij.images.PlanePixels;
import similij.images.Planes;
import similij.options.MatrixOptions;
import similij.options.Options;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.ImageFiles;
import similij.wire.Inert;
import similij.wire.Matrix;
import similij.wire.Picture;
import similij.wire.PixelBuffer;
import similij.wire.Protocol;

import ij.IJ;
import ij.ImagePlus;
import ij.gui.ImageWindow;
import ij.gui.Roi;
import ij.io.RoiEncoder;

import java.awt.Rectangle;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Compares many images, each with each: sends them to Python one after the other, plane by plane, and shows what comes
 * back. Each image is open, or of a file that is opened in its turn.
 */
public final class MatrixRunner {

	public static final String TITLE = "Image Similarity Matrix";

	private static final String PLANE = "plane_1";
	private static final int FEWEST = 2;
	/** Share of the screen that a picture opens with at most: its names are still read there. */
	private static final double LARGEST = 0.62;

	private final Backend backend;
	private final MatrixOptions options;
	/** How RGB images are compared; null where nobody says, and Python refuses them. */
	private final String color;
	private final OpenImages open;
	private final Results results;

	public MatrixRunner(final Backend backend, final MatrixOptions options, final OpenImages open, final Results results) {
		this.backend = backend;
		this.options = options;
		this.color = options.words.get("color");
		this.open = open;
		this.results = results;
	}

	/** The rows, one for each pair, are in the table when this returns. */
	public void run() throws BackendException {
		IJ.showStatus(TITLE + "...");
		final List<Source> sources = options.folder == null ? opened() : files(new File(options.folder));
		final String kind = color == null ? "gray" : "gray or RGB";
		if (sources.size() < FEWEST) throw new BackendException("There " + (sources.size() == 1 ? "is 1 " + kind + " image"
			: "are no " + kind + " images") + (options.folder == null ? " open" : " in \"" + options.folder + "\"") +
			": a matrix needs two or more.");
		final boolean passing = options.save == null && Pictures.hasWindows();
		final File folder = passing ? PassingFolder.make() : options.save == null ? null : new File(options.save);
		final File selection = selection();
		try {
			final Progress progress = new Progress("image", sources.size());
			show(Background.run(() -> converse(sources, folder, selection, progress), progress));
		}
		finally {
			IJ.showProgress(1.0);
			if (selection != null) selection.delete();
			if (passing) remove(folder);
		}
	}

	/** An image that is open, or will be. */
	private interface Source {

		ImagePlus image() throws BackendException;

		/** What the rows call it. */
		String name();

		/** Nobody needs the image any more. */
		void done(ImagePlus image);
	}

	/** Open images, by the names that were given, else all that can be compared; of the others the Log tells. */
	private List<Source> opened() throws BackendException {
		final List<ImagePlus> images = new ArrayList<>();
		for (final String name : options.images)
			images.add(open.find("images", name));
		if (options.images.isEmpty()) for (final ImagePlus image : open.list()) {
			final boolean unsaid = image.getType() == ImagePlus.COLOR_RGB && color == null;
			if (unsaid || image.getType() == ImagePlus.COLOR_256) IJ.log(TITLE + ": \"" + Inert.line(image.getTitle()) + "\" is " + ImageFacts
				.type(image) + " and was left out" + (unsaid ? ": color=Luminance or color=Channels compares it." : "."));
			else images.add(image);
		}
		final List<Source> sources = new ArrayList<>();
		for (final ImagePlus image : images)
			sources.add(new Opened(image));
		return sources;
	}

	/** All that may be images: what cannot be opened stops the run with a sentence, since a matrix has no gaps. */
	private List<Source> files(final File folder) throws BackendException {
		final List<Source> sources = new ArrayList<>();
		for (final String path : new ImageFiles(folder.getPath()).ask(backend))
			sources.add(new OnDisk(new File(path)));
		return sources;
	}

	private static final class Opened implements Source {

		private final ImagePlus image;

		Opened(final ImagePlus image) {
			this.image = image;
		}

		@Override
		public ImagePlus image() {
			return image;
		}

		@Override
		public String name() {
			return image.getTitle();
		}

		@Override
		public void done(final ImagePlus used) {
			// It stays open.
		}
	}

	private final class OnDisk implements Source {

		private final File file;

		OnDisk(final File file) {
			this.file = file;
		}

		@Override
		public ImagePlus image() throws BackendException {
			return ImageFile.open(file.getPath(), () -> backend);
		}

		@Override
		public String name() {
			return file.getName();
		}

		@Override
		public void done(final ImagePlus used) {
			used.changes = false;
			used.close();
		}
	}

	/** The selection of the current image as a file that Python reads, or null where none is asked for. */
	private File selection() throws BackendException {
		if (!options.region.equals(MatrixOptions.SELECTION)) return null;
		final ImagePlus image = open.one(null);
		final Roi roi = image.getRoi();
		if (roi == null) throw new BackendException("\"" + image.getTitle() +
			"\" has no selection: draw one on it, or choose region=[" + Options.WHOLE_IMAGE + "].");
		// What the user sees is meant for all images, whatever plane it was drawn on.
		final Roi copy = (Roi) roi.clone();
		copy.setPosition(0);
		final String name = copy.getName() == null ? "selection of " + image.getTitle() : copy.getName();
		try {
			// In an archive, whose entries name the regions.
			final File file = PassingFolder.makeFile(".zip");
			try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file.toPath()), StandardCharsets.UTF_8)) {
				zip.putNextEntry(new ZipEntry(name.replace('/', '_') + ".roi"));
				zip.write(RoiEncoder.saveAsByteArray(copy));
			}
			return file;
		}
		catch (final IOException e) {
			throw new BackendException("The selection could not be passed to Python (" + e.getMessage() + ").", e.toString());
		}
	}

	private Matrix.Answer converse(final List<Source> sources, final File folder, final File selection,
		final Progress progress) throws BackendException
	{
		// One run at a time: the buffers are shared by all.
		synchronized (backend) {
			final String run = UUID.randomUUID().toString();
			try {
				final String rois = selection == null ? options.roiFile : selection.getPath();
				Matrix.begin(run, rois, folder == null ? null : folder.getPath(), options.forPython()).ask(backend);
				for (int k = 0; k < sources.size(); k++) {
					progress.next(k);
					send(sources.get(k), run, progress, k);
				}
				IJ.showStatus(TITLE + ": " + sources.size() + " images, each with each...");
				return Matrix.end(run).ask(backend);
			}
			catch (final BackendException e) {
				Protocol.forget(backend, run);
				throw e;
			}
			finally {
				backend.afterRun();
			}
		}
	}

	/** One image, plane by plane. */
	private void send(final Source source, final String run, final Progress progress, final int k) throws BackendException
	{
		progress.opens(source.name());
		final ImagePlus image = source.image();
		progress.opens(null);
		try {
			final ImagePlus view = ColorView.of(image, color);
			final Planes planes = planes(view);
			Matrix.image(run, ImageFacts.of(view, source.name(), planes.size())).ask(backend);
			final Rectangle whole = new Rectangle(view.getWidth(), view.getHeight());
			final long bytes = (long) whole.width * whole.height * (view.getBitDepth() / 8);
			final PixelBuffer buffer = backend.buffers(Collections.singletonMap(PLANE, bytes)).get(PLANE);
			for (int plane = 0; plane < planes.size(); plane++) {
				progress.next(k);
				PlanePixels.copy(planes.pixels(plane), whole.width, whole, buffer.bytes());
				Matrix.plane(run, buffer).ask(backend);
			}
		}
		finally {
			source.done(image);
		}
	}

	/** Red, green and blue are pooled, as planes are: a matrix has one number for two images. */
	private Planes planes(final ImagePlus view) {
		if (ColorView.hasColors(view)) return Planes.ofAllChannels(view, options.allPlanes());
		return options.allPlanes() ? Planes.all(view) : Planes.current(view);
	}

	private void show(final Matrix.Answer answer) throws BackendException {
		results.show(answer.rows);
		for (final String line : answer.words)
			results.tell(line);
		if (Pictures.hasWindows()) show(answer.pictures);
		Similarity.tell(() -> backend, answer.rows);
	}

	private static void show(final List<Picture> pictures) throws BackendException {
		final List<ImageWindow> windows = new ArrayList<>();
		for (final Picture picture : pictures) {
			final ImagePlus image = Pictures.showFile(picture, false);
			if (image.getWindow() == null) continue;
			Pictures.zoomOut(image, LARGEST);
			windows.add(image.getWindow());
		}
		Pictures.arrange(windows, Collections.<ImageWindow>emptyList());
	}

	private static void remove(final File folder) {
		final File[] left = folder.listFiles();
		if (left != null) Arrays.asList(left).forEach(File::delete);
		if (!folder.delete()) folder.deleteOnExit();
	}
}
