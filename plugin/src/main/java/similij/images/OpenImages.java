// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import similij.options.MacroOptions;
import similij.options.OptionTable;
import similij.wire.BackendException;
import similij.wire.Python;

import ij.ImagePlus;
import ij.WindowManager;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The images that are open, in the order in which they were opened, and how an option names one of them. */
public final class OpenImages {

	/** Titles that a sentence lists at most. */
	private static final int LISTED = 12;

	/** A string property, so that ImageJ hands it on to duplicates and into TIFF files. */
	private static final String MADE = "similij.picture";

	private final List<ImagePlus> all;
	/** Those that somebody may want to compare: all but the pictures of an earlier answer. */
	private final List<ImagePlus> images;
	private final ImagePlus current;

	public OpenImages(final List<ImagePlus> all, final ImagePlus current) {
		this.all = all;
		this.images = all.stream().filter(image -> !isPicture(image)).collect(Collectors.toList());
		this.current = current;
	}

	/**
	 * Marks a picture that SimilIJ made: nobody means it by "the open images". The next comparison would otherwise begin with
	 * the map of the last one, which is the current window. Whoever names it still gets it.
	 *
	 * @param kind what it shows
	 */
	public static void mark(final ImagePlus picture, final String kind) {
		picture.setProp(MADE, kind);
		// Scripts that ask for what ImageJ calls a property find it, too.
		picture.setProperty(MADE, kind);
	}

	/** Whether SimilIJ made it, or it is a duplicate of what SimilIJ made. */
	public static boolean isPicture(final ImagePlus image) {
		return image.getProp(MADE) != null;
	}

	public static OpenImages now() {
		final List<ImagePlus> images = new ArrayList<>();
		final int[] ids = WindowManager.getIDList();
		for (int i = 0; ids != null && i < ids.length; i++) {
			final ImagePlus image = WindowManager.getImage(ids[i]);
			if (image != null) images.add(image);
		}
		return new OpenImages(images, WindowManager.getCurrentImage());
	}

	/** Without the pictures that SimilIJ made. */
	public List<ImagePlus> list() {
		return images;
	}

	/**
	 * The two images to compare. Those that are not named are preselected: of two open images both, in the order they
	 * were opened; of more, the current one and the next other one.
	 */
	public ImagePlus[] pair(final String name1, final String name2) throws BackendException {
		if (images.size() < 2 && (name1 == null || name2 == null)) throw new BackendException(images.isEmpty()
			? "No image is open: open the two images to compare."
			: "Only one image is open, \"" + images.get(0).getTitle() + "\": open a second one to compare it with.");
		final ImagePlus image1 = name1 == null ? null : find("image_1", name1);
		final ImagePlus image2 = name2 == null ? null : find("image_2", name2);
		if (image1 == null && image2 == null && images.size() > 2 && images.contains(current))
			return new ImagePlus[] { current, after(current) };
		return new ImagePlus[] { image1 != null ? image1 : after(image2), image2 != null ? image2 : after(image1 != null
			? image1 : after(null)) };
	}

	/**
	 * The two images that a dialog begins with: those of {@link #pair}, or a single open image with itself where it has
	 * parts that can be compared, channels or frames.
	 */
	public ImagePlus[] offered() throws BackendException {
		final boolean alone = images.size() == 1 && hasParts(images.get(0));
		return alone ? new ImagePlus[] { images.get(0), images.get(0) } : pair(null, null);
	}

	private static boolean hasParts(final ImagePlus image) {
		return image.getNChannels() > 1 || image.getNFrames() > 1 || image.getType() == ImagePlus.COLOR_RGB;
	}

	/** The image that is compared with itself: the one that is named, else the current one. */
	public ImagePlus one(final String name) throws BackendException {
		if (name != null) return find("image_1", name);
		if (images.isEmpty()) throw new BackendException("No image is open: open the image to compare.");
		return images.contains(current) ? current : images.get(0);
	}

	/**
	 * An image beside the two: an open one, by title or ID; else one of a file, which is opened without a window.
	 *
	 * @param key names it in sentences
	 * @param name null: there is none
	 * @param python looks through a file before it is opened
	 */
	public SideImage beside(final String key, final String name, final Python python) throws BackendException {
		if (name == null) return null;
		final boolean open = !titled(name, true).isEmpty() || !withId(name.trim()).isEmpty();
		if (!open && new File(name).isFile()) return new SideImage(ImageFile.open(name, python), new File(name).getName());
		final ImagePlus image = find(key, name);
		return new SideImage(image, image.getTitle());
	}

	/** The next other image, around the end; the first one if none is given. */
	private ImagePlus after(final ImagePlus image) {
		return images.get((images.indexOf(image) + 1) % images.size());
	}

	/** A title as it is; else an ID of ImageJ; else a title without the blanks around it. */
	public ImagePlus find(final String key, final String name) throws BackendException {
		List<ImagePlus> matches = titled(name, false);
		if (matches.isEmpty()) matches = withId(name.trim());
		if (matches.isEmpty()) matches = titled(name, true);
		// ImageJ reads macro files as Latin-1, so a title written there in UTF-8 arrives as two letters for one.
		if (matches.isEmpty()) matches = titled(new String(name.getBytes(ISO_8859_1), UTF_8), true);
		if (matches.size() == 1) return matches.get(0);
		if (matches.isEmpty()) throw new BackendException("No open image is called \"" + name + "\" (" + key + "). " + titles());
		throw new BackendException(matches.size() + " open images are called \"" + name + "\" (IDs " + matches.stream().map(
			image -> Integer.toString(image.getID())).collect(Collectors.joining(", ")) + "): use an ID, e.g. " + key + "=[" +
			matches.get(0).getID() + "], or rename one.");
	}

	private String titles() {
		if (all.isEmpty()) return "No image is open.";
		final int more = all.size() - LISTED;
		return "Open are: " + all.stream().limit(LISTED).map(image -> "\"" + image.getTitle() + "\"").collect(Collectors
			.joining(", ")) + (more > 0 ? " and " + more + " more." : ".");
	}

	private List<ImagePlus> titled(final String name, final boolean trimmed) {
		return all.stream().filter(image -> trimmed ? image.getTitle().trim().equals(name.trim()) : image.getTitle()
			.equals(name)).collect(Collectors.toList());
	}

	private List<ImagePlus> withId(final String name) {
		return all.stream().filter(image -> Integer.toString(image.getID()).equals(name)).collect(Collectors.toList());
	}

	/** How a recorded macro names this image: by its title, unless that does not lead back to it. */
	public String nameOf(final ImagePlus image) {
		final String title = image.getTitle();
		try {
			final MacroOptions read = new MacroOptions("image_1=[" + title + "] image_2=[" + title + "]", OptionTable.IMAGES,
				variable -> null);
			if (title.equals(read.get("image_1")) && title.equals(read.get("image_2")) && find("image_1", title) == image)
				return title;
		}
		catch (final BackendException e) {
			// Ambiguous or unreadable in an option string: the ID is neither.
		}
		return Integer.toString(image.getID());
	}
}
