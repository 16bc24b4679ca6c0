// SPDX-License-Identifier: BSD-2-Clause
package similij;

import ij.ImagePlus;
import ij.gui.Roi;
import ij.io.RoiDecoder;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Where regions come from: the selections of the images, or an ROI file. No ROI Manager, which needs a window. */
final class Regions {

	private Regions() {}

	/** The regions that the options ask for; an empty list is the whole image. */
	static List<Region> of(final Options options, final ImagePlus image1, final ImagePlus image2)
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
				return read(options.roiFile);
			default:
				return Collections.emptyList();
		}
	}

	private static Region selection(final ImagePlus image) throws BackendException {
		final Roi roi = image.getRoi();
		if (roi == null) throw new BackendException("\"" + image.getTitle() +
			"\" has no selection: draw one on it, or choose region=[" + Options.WHOLE_IMAGE + "].");
		final String name = roi.getName();
		return Region.of(roi, name == null || name.trim().isEmpty() ? "selection of " + image.getTitle() : name);
	}

	/** The ROIs of a {@code .roi} file or of a zip as the ROI Manager saves it, in the order they have there. */
	static List<Region> read(final String path) throws BackendException {
		if (path == null || path.trim().isEmpty()) throw new BackendException(
			"region=[" + Options.ROI_FILE + "] needs roi_file=[...]: the path of a .roi file or of a zip of them.");
		final File file = new File(path);
		if (!file.isFile()) throw new BackendException("The ROI file \"" + path + "\" " +
			(file.isDirectory() ? "is a folder" : "does not exist") + ": give the path of a .roi file or of a zip of them.");
		try {
			if (path.toLowerCase().endsWith(".roi"))
				return Collections.singletonList(decode(Files.readAllBytes(file.toPath()), file.getName(), path));
			return readZip(file);
		}
		catch (final IOException e) {
			throw new BackendException("The ROI file \"" + path + "\" could not be read (" + e.getMessage() +
				"): save it again from Analyze > Tools > ROI Manager.", e.toString());
		}
	}

	private static List<Region> readZip(final File file) throws IOException, BackendException {
		final List<Region> regions = new ArrayList<>();
		try (ZipFile zip = open(file)) {
			for (final ZipEntry entry : Collections.list(zip.entries())) {
				final String name = entry.getName();
				// macOS adds a "._" twin of each file to the zips it makes.
				final boolean twin = name.startsWith("__MACOSX/") || new File(name).getName().startsWith("._");
				if (name.endsWith(".roi") && !twin) regions.add(decode(bytes(zip, entry), name, file.getPath()));
			}
		}
		if (regions.isEmpty()) throw new BackendException("The ROI file \"" + file.getPath() +
			"\" holds no ROI (no entry ends in .roi): save the ROIs again from Analyze > Tools > ROI Manager.");
		return regions;
	}

	/** Entry names are UTF-8 in what ImageJ writes; other programs use the letters of their own time and place. */
	private static ZipFile open(final File file) throws IOException {
		final Charset fallback = StandardCharsets.ISO_8859_1;
		try {
			return new ZipFile(file, StandardCharsets.UTF_8);
		}
		catch (final IllegalArgumentException e) {
			return new ZipFile(file, fallback);
		}
		catch (final IOException e) {
			try {
				return new ZipFile(file, fallback);
			}
			catch (final IOException again) {
				throw e;
			}
		}
	}

	private static byte[] bytes(final ZipFile zip, final ZipEntry entry) throws IOException {
		final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (InputStream in = zip.getInputStream(entry)) {
			final byte[] block = new byte[8192];
			for (int n = in.read(block); n > 0; n = in.read(block))
				bytes.write(block, 0, n);
		}
		return bytes.toByteArray();
	}

	private static Region decode(final byte[] bytes, final String entry, final String path) throws BackendException {
		final String name = entry.toLowerCase().endsWith(".roi") ? entry.substring(0, entry.length() - 4) : entry;
		try {
			final Roi roi = new RoiDecoder(bytes, name).getRoi();
			if (roi != null) return Region.of(roi, name);
			throw new IOException("no outline in it");
		}
		catch (final IOException | RuntimeException e) {
			// The decoder trusts its input: a broken file ends in whatever its first wrong number leads to.
			throw new BackendException("\"" + entry + "\" in \"" + path + "\" is not an ImageJ ROI (" + e.getMessage() +
				"): save the ROIs again from Analyze > Tools > ROI Manager.", e.toString());
		}
	}
}
