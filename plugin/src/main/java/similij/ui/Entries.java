// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.options.OptionTable;
import similij.options.Options;
import similij.run.Similarity;
import similij.wire.BackendException;
import similij.wire.Python;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is written in the dialog, and whether it can be compared.
 * <p>
 * Which entry a refusal is about is found by leaving out one after the other. Neither Java nor the messages to Python
 * need to know then which sentence belongs to which field, and it works for sentences of both, of options that are added
 * later, too. It costs a message for each entry that is given, some milliseconds, once something is wrong.
 * </p>
 */
final class Entries implements LiveCheck.Question {

	private static final OptionTable TABLE = OptionTable.IMAGES;

	private final Python python;
	private final Map<String, String> given;
	private String refusal;

	/** @param given by key, as a macro would say it */
	Entries(final Python python, final Map<String, String> given) {
		this.python = python;
		this.given = new HashMap<>(given);
	}

	/** @throws BackendException if an entry is not one of the choices that the table has, or contradicts another one */
	Options options() throws BackendException {
		return options(given);
	}

	private static Options options(final Map<String, String> given) throws BackendException {
		final Map<String, String> words = new HashMap<>(given);
		// Frames of image 1, or its channels, have their partners in image 1. The field of image 2 always names some image.
		final String second = words.remove("image_2");
		final Options alone = new Options(words::get);
		if (alone.againstFrames() || alone.comparesParts() && second != null && second.equals(words.get("image_1")))
			return alone;
		words.put("image_2", second);
		return new Options(words::get);
	}

	@Override
	public String call() throws BackendException {
		try {
			return Similarity.check(python, options());
		}
		catch (final BackendException e) {
			refusal = e.getMessage();
			throw e;
		}
	}

	@Override
	public String toBlame() {
		return LiveCheck.toBlame(suspects(), refusal, key -> {
			final Map<String, String> fewer = new HashMap<>(given);
			fewer.remove(key);
			Similarity.check(python, options(fewer));
		});
	}

	/** What is written comes before what is chosen: of a list of choices each is possible by itself. */
	private List<String> suspects() {
		final List<String> written = new ArrayList<>();
		final List<String> chosen = new ArrayList<>();
		for (final String key : TABLE.keys()) {
			final String value = given.get(key);
			if (value == null || value.isEmpty() || key.equals("image_1") || key.equals("image_2")) continue;
			(TABLE.kind(key).equals("choice") ? chosen : written).add(key);
		}
		written.addAll(chosen);
		return written;
	}
}
