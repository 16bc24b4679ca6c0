// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import similij.options.Options;
import similij.wire.BackendException;

import ij.ImagePlus;
import ij.gui.Overlay;
import ij.gui.Roi;
import ij.io.RoiDecoder;
import ij.plugin.frame.RoiManager;

import java.awt.HeadlessException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * Where regions come from: the selections of the images, ROIs laid over image 1, an ROI file, or the ROI Manager where
 * one is open. None is opened: it needs a window.
 */
public final class Regions {

	private static final String ROI = ".roi";
	/** What ends the name of a ROI file that lies beside an image, instead of the image's own ending. */
	private static final List<String> BESIDE = Arrays.asList("_roi.zip", "_roi.roi", ROI);
	/** Bytes that every ROI starts with. */
	private static final int HEADER = 64;
	/** What a ROI takes at most: a thousand times the largest that ImageJ draws. More is no ROI, or packed to fill memory. */
	private static final int LARGEST = 1 << 26;
	private static final String AGAIN = "save the ROIs again in ImageJ (ROI Manager, More, Save...).";

	private Regions() {}

	/** The regions that the options ask for; an empty list is the whole image. */
	public static List<Region> of(final Options options, final ImagePlus image1, final ImagePlus image2)
		throws BackendException
	{
		switch (options.region) {
			case Options.SELECTION_1:
				return Collections.singletonList(selection(image1));
			case Options.SELECTION_2:
				return Collections.singletonList(selection(image2));
			case Options.BOTH_SELECTIONS:
				return Collections.singletonList(selection(image1).and(selection(image2)));
			case Options.ROI_FILE:
				return distinct(read(options.roiFile));
			case Options.ROI_MANAGER:
				return distinct(managed());
			case Options.OVERLAY:
				return distinct(overlaid(image1));
			default:
				return Collections.emptyList();
		}
	}

	/** Whether a selection is drawn on an image that has pixels inside; of a line or of points there are none. */
	public static boolean isDrawn(final ImagePlus image) {
		return image.getRoi() != null && image.getRoi().isArea();
	}

	/**
	 * The ROI file that lies beside an image: {@code cell_roi.zip} or {@code cell_roi.roi}, else {@code cell.roi}, beside
	 * {@code cell.tif}; as {@code similij batch} finds it, and as ImageJ names them. Null where there is none.
	 */
	public static File beside(final ImagePlus image) {
		final String path = ImageFacts.file(image);
		if (!new File(path).isFile()) return null;
		final int dot = path.lastIndexOf('.');
		final String plain = dot > path.lastIndexOf(File.separatorChar) ? path.substring(0, dot) : path;
		for (final String ending : BESIDE) {
			final File file = new File(plain + ending);
			if (file.isFile()) return file;
		}
		return null;
	}

	private static Region selection(final ImagePlus image) throws BackendException {
		final Roi roi = image.getRoi();
		if (roi == null) throw new BackendException("\"" + image.getTitle() +
			"\" has no selection: draw one on it, or choose region=[" + Options.WHOLE_IMAGE + "].");
		final String name = roi.getName();
		// It is what the user sees, whatever plane it was drawn on.
		return Region.of(roi, name(roi, "selection of " + image.getTitle())).everywhere();
	}

	private static String name(final Roi roi, final String otherwise) {
		final String name = roi.getName();
		return name == null || name.trim().isEmpty() ? otherwise : name;
	}

	private static List<Region> managed() throws BackendException {
		final RoiManager manager = openManager();
		if (manager == null) throw new BackendException("The ROI Manager is not open: add ROIs to it, or choose region=[" +
			Options.ROI_FILE + "], which needs no window.");
		final Roi[] rois = manager.getRoisAsArray();
		if (rois.length == 0) throw new BackendException("The ROI Manager has no ROI: add some, or choose region=[" +
			Options.WHOLE_IMAGE + "].");
		return all(rois);
	}

	/** The window, or the hidden one of a macro in batch mode; null where there is none and none can be. */
	private static RoiManager openManager() {
		try {
			return RoiManager.getInstance2();
		}
		catch (final HeadlessException e) {
			return null;
		}
	}

	private static List<Region> overlaid(final ImagePlus image) throws BackendException {
		final Overlay overlay = image.getOverlay();
		if (overlay == null || overlay.size() == 0) throw new BackendException("\"" + image.getTitle() +
			"\" has no overlay: add ROIs to it with Image > Overlay > Add Selection..., or choose region=[" +
			Options.WHOLE_IMAGE + "].");
		return all(overlay.toArray());
	}

	private static List<Region> all(final Roi[] rois) {
		final List<Region> regions = new ArrayList<>();
		for (final Roi roi : rois)
			regions.add(Region.of(roi, name(roi, "roi " + (regions.size() + 1))));
		return regions;
	}

	/** A name that occurs again becomes "cell (2)": once for all planes, of which not each has all regions. */
	private static List<Region> distinct(final List<Region> regions) {
		final Set<String> given = new HashSet<>();
		regions.forEach(region -> given.add(region.name));
		final Set<String> used = new HashSet<>();
		final List<Region> distinct = new ArrayList<>();
		for (final Region region : regions) {
			String name = region.name;
			for (int count = 2; used.contains(name) || count > 2 && given.contains(name); count++)
				name = region.name + " (" + count + ")";
			used.add(name);
			distinct.add(region.called(name));
		}
		return distinct;
	}

	/** The ROIs of a {@code .roi} file or of a zip as the ROI Manager saves it, in the order they have there. */
	public static List<Region> read(final String path) throws BackendException {
		if (path == null || path.trim().isEmpty()) throw new BackendException(
			"region=[" + Options.ROI_FILE + "] needs roi_file=[...]: the path of a .roi file or of a zip of them.");
		final File file = new File(path);
		if (!file.isFile()) throw new BackendException("The ROI file \"" + path + "\" " + (file.isDirectory() ? "is a folder"
			: "does not exist") + ": give the path of a .roi file or of a zip of them.");
		try {
			if (!startsLikeRoi(file)) return readZip(file);
			if (file.length() > LARGEST) throw tooLarge();
			final Roi roi = decode(Files.readAllBytes(file.toPath()));
			return Collections.singletonList(Region.of(roi, plain(file.getName())));
		}
		catch (final IOException e) {
			throw new BackendException("The ROI file \"" + path + "\" could not be read (" + e.getMessage() + "): " + AGAIN, e
				.toString());
		}
	}

	/** Told by its first letters: a folder of files is full of wrong extensions. */
	private static boolean startsLikeRoi(final File file) throws IOException {
		try (InputStream in = Files.newInputStream(file.toPath())) {
			return in.read() == 'I' && in.read() == 'o' && in.read() == 'u' && in.read() == 't';
		}
	}

	/** Entry names are UTF-8 in what ImageJ writes; other programs use the letters of their own time and place. */
	private static List<Region> readZip(final File file) throws IOException, BackendException {
		try {
			return readZip(file, StandardCharsets.UTF_8);
		}
		catch (final IOException | IllegalArgumentException e) {
			try {
				return readZip(file, StandardCharsets.ISO_8859_1);
			}
			catch (final IOException again) {
				throw e instanceof IOException ? (IOException) e : again;
			}
		}
	}

	private static List<Region> readZip(final File file, final Charset names) throws IOException, BackendException {
		final List<Region> regions = new ArrayList<>();
		try (ZipFile zip = new ZipFile(file, names)) {
			final List<ZipEntry> entries = zip.stream().filter(entry -> isRoi(entry.getName())).collect(Collectors.toList());
			final boolean twice = entries.stream().map(ZipEntry::getName).distinct().count() < entries.size();
			final Map<String, Deque<byte[]>> contents = twice ? contents(file, names) : null;
			for (final ZipEntry entry : entries)
				regions.add(region(entry, twice ? () -> next(contents, entry) : () -> bytes(zip.getInputStream(entry))));
		}
		if (regions.isEmpty()) throw new BackendException("The ROI file \"" + file.getPath() +
			"\" holds no ROI (no entry ends in .roi): " + AGAIN);
		return regions;
	}

	/**
	 * What is in each entry, by name, in their order. Of a name that is there twice, as nothing forbids, a {@link ZipFile}
	 * gives one entry for both. A stream gives each, but ends at the first broken one; so files are read this way only where
	 * a name is there twice.
	 */
	private static Map<String, Deque<byte[]>> contents(final File file, final Charset names) {
		final Map<String, Deque<byte[]>> contents = new HashMap<>();
		try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file.toPath()), names)) {
			for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry())
				contents.computeIfAbsent(entry.getName(), name -> new ArrayDeque<>()).add(bytes(zip));
		}
		catch (final IOException e) {
			// The broken one, and those behind it, are missed where they are wanted.
		}
		return contents;
	}

	private static byte[] next(final Map<String, Deque<byte[]>> contents, final ZipEntry entry) throws IOException {
		final Deque<byte[]> left = contents.get(entry.getName());
		if (left == null || left.isEmpty()) throw new IOException("it, or an entry before it, is broken or cut short");
		return left.remove();
	}

	/** macOS adds a twin of each file to the zips it makes, in a folder of its own. */
	private static boolean isRoi(final String entry) {
		return entry.toLowerCase(Locale.ROOT).endsWith(ROI) && !entry.startsWith("__MACOSX/");
	}

	/** One entry; a broken one leaves the others readable. */
	private static Region region(final ZipEntry entry, final Content content) {
		final String name = plain(entry.getName());
		try {
			return Region.of(decode(content.read()), name);
		}
		catch (final IOException e) {
			return Region.broken(name, "cannot be read from the archive: " + e.getMessage());
		}
	}

	/** Reads what is in an entry. */
	private interface Content {

		byte[] read() throws IOException;
	}

	private static String plain(final String fileName) {
		return fileName.toLowerCase(Locale.ROOT).endsWith(ROI) ? fileName.substring(0, fileName.length() - ROI.length())
			: fileName;
	}

	private static IOException tooLarge() {
		return new IOException("more than " + (LARGEST >> 20) + " MB, which is no ROI");
	}

	private static byte[] bytes(final InputStream in) throws IOException {
		final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		final byte[] block = new byte[8192];
		for (int n = in.read(block); n > 0; n = in.read(block)) {
			bytes.write(block, 0, n);
			if (bytes.size() > LARGEST) throw tooLarge();
		}
		return bytes.toByteArray();
	}

	private static Roi decode(final byte[] bytes) throws IOException {
		if (bytes.length < HEADER) throw new IOException(bytes.length + " bytes, less than a header's " + HEADER);
		try {
			final Roi roi = new RoiDecoder(bytes, "").getRoi();
			if (roi != null) return roi;
			throw new IOException("it has no outline");
		}
		catch (final RuntimeException e) {
			// The decoder trusts its input: a broken file ends in whatever its first wrong number leads to.
			throw new IOException("it is broken or cut short", e);
		}
	}
}
