// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.List;
import java.util.Map;

/** Files of a folder that may be images; the answer is their paths. */
public final class ImageFiles extends Message<List<String>> {

	private final String folder;

	public ImageFiles(final String folder) {
		super("images");
		this.folder = folder;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("folder", folder);
	}

	@Override
	List<String> read(final Fields reply) throws BackendException {
		return reply.texts("images");
	}
}
