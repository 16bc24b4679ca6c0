// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Map;

/** Which files of two folders, or of one, belong together; asked before anything is compared. */
public final class Pair extends Message<Pair.Answer> {

	private final Folders folders;

	public Pair(final Folders folders) {
		super("pair");
		this.folders = folders;
	}

	@Override
	void write(final Map<String, Object> fields) {
		folders.write(fields);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		return new Answer(reply.text("words"), reply.text("pattern"), reply.whole("pairs"), reply.textOrNull("folder_2"));
	}

	/** What there is. */
	public static final class Answer {

		/** How many pairs there are, by what they were paired, and what has no partner. */
		public final String words;
		/** By which they were found; "" where no single one says it. */
		public final String pattern;
		public final int pairs;
		/** The folder beside the first one that these are the pairs with, where nobody named it; else null. */
		public final String folder2;

		Answer(final String words, final String pattern, final int pairs, final String folder2) {
			this.words = words;
			this.pattern = pattern;
			this.pairs = pairs;
			this.folder2 = folder2;
		}
	}
}
