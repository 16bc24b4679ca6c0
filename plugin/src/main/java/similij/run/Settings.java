// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.SideImage;
import similij.options.Options;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** What is the same for all comparisons of one run of a command. */
public final class Settings {

	private static final DateTimeFormatter BEGIN = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

	/** Shared by the rows of this run. */
	final String run;
	final String rescale;
	/** What Python reads as it was given; null where nothing was. */
	private final Options options;
	/** A CSV file that receives the rows, or null. */
	final String save;
	final boolean inverse;
	/** Null where there are none. */
	final SideImage labels;
	/** Null where there is none. */
	final SideImage mask;
	/** Whether Python draws the planes, and so needs them whole. */
	final boolean pictures;

	private Settings(final String run, final Options options, final String rescale, final String save,
		final boolean inverse, final SideImage labels, final SideImage mask, final boolean pictures)
	{
		this.run = run;
		this.options = options;
		this.rescale = rescale.toLowerCase(Locale.ROOT);
		this.save = save;
		this.inverse = inverse;
		this.labels = labels;
		this.mask = mask;
		this.pictures = pictures;
	}

	/** With the usual metrics, of regions of outlines only. */
	Settings(final String rescale, final String save) {
		this(newRun(), null, rescale, save, false, null, null, false);
	}

	/** @param save a CSV file, or null */
	Settings(final Options options, final String save, final SideImage labels, final SideImage mask) {
		this(newRun(), options, options.rescale, save, options.inverse, labels, mask, !options.pictures.isEmpty());
	}

	/** When it began (UTC), and four random digits: Python makes such names, too. */
	static String newRun() {
		final int random = ThreadLocalRandom.current().nextInt(1 << 16);
		return ZonedDateTime.now(ZoneOffset.UTC).format(BEGIN) + String.format(Locale.ROOT, "-%04x", random);
	}

	/** For a region that is compared apart from the others, whose run has the background and the pictures. */
	Settings apart() {
		return new Settings(run, options, rescale, save, false, labels, mask, false);
	}

	/** What Python alone understands, into a request. */
	void tell(final Map<String, Object> request) {
		request.put("rescale", rescale);
		request.put("metrics", options == null ? null : options.metrics);
		request.put("data_range", options == null ? null : options.dataRange);
		request.put("background", options == null ? null : options.background);
		request.put("blur", options == null ? null : options.blur);
		request.put("verdict", options != null && options.verdict);
	}

	/** Whether anything is done to whole images before they are compared. */
	private boolean prepares() {
		return options != null && (options.background != null || options.blur != null);
	}

	/** Whether a region may be one that the background is the mean of. */
	boolean namesBackground() {
		return options != null && options.background != null;
	}

	/** Whether all pixels travel, and not only those that the regions cover. */
	boolean whole() {
		return inverse || labels != null || mask != null || pictures || prepares();
	}
}
