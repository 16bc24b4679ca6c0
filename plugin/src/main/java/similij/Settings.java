// SPDX-License-Identifier: BSD-2-Clause
package similij;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** What is the same for all comparisons of one run of a command. */
final class Settings {

	private static final DateTimeFormatter BEGIN = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

	/** Shared by the rows of this run. */
	final String run;
	final String rescale;
	/** As Python reads them, or null. */
	final String metrics;
	/** As Python reads it, or null. */
	final String dataRange;
	/** A CSV file that receives the rows, or null. */
	final String save;
	final boolean inverse;
	/** Null where there are none. */
	final SideImage labels;
	/** Null where there is none. */
	final SideImage mask;
	/** Whether Python draws the planes, and so needs them whole. */
	final boolean pictures;

	private Settings(final String run, final String rescale, final String metrics, final String dataRange,
		final String save, final boolean inverse, final SideImage labels, final SideImage mask, final boolean pictures)
	{
		this.run = run;
		this.rescale = rescale.toLowerCase(Locale.ROOT);
		this.metrics = metrics;
		this.dataRange = dataRange;
		this.save = save;
		this.inverse = inverse;
		this.labels = labels;
		this.mask = mask;
		this.pictures = pictures;
	}

	/** With the usual metrics, of regions of outlines only. */
	Settings(final String rescale, final String save) {
		this(newRun(), rescale, null, null, save, false, null, null, false);
	}

	/** @param save a CSV file, or null */
	Settings(final Options options, final String save, final SideImage labels, final SideImage mask) {
		this(newRun(), options.rescale, options.metrics, options.dataRange, save, options.inverse, labels, mask, !options.pictures
			.isEmpty());
	}

	/** When it began (UTC), and four random digits: Python makes such names, too. */
	static String newRun() {
		final int random = ThreadLocalRandom.current().nextInt(1 << 16);
		return ZonedDateTime.now(ZoneOffset.UTC).format(BEGIN) + String.format(Locale.ROOT, "-%04x", random);
	}

	/** For a region that is compared apart from the others, whose run has the background and the pictures. */
	Settings apart() {
		return new Settings(run, rescale, metrics, dataRange, save, false, labels, mask, false);
	}

	/** Whether all pixels travel, and not only those that the regions cover. */
	boolean whole() {
		return inverse || labels != null || mask != null || pictures;
	}
}
