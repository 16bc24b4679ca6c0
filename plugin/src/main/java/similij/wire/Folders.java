// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which folders are compared, and what is asked of them. */
public final class Folders {

	private final String folder1;
	private final String folder2;
	private final String save;
	private final Map<String, String> options;

	/**
	 * @param folder2 null where the first one has both images of each pair
	 * @param save a CSV file that receives the rows, or null
	 * @param options words that Python reads
	 */
	public Folders(final String folder1, final String folder2, final String save, final Map<String, String> options) {
		this.folder1 = folder1;
		this.folder2 = folder2;
		this.save = save;
		this.options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
	}

	void write(final Map<String, Object> fields) {
		fields.put("folder_1", folder1);
		fields.put("folder_2", folder2);
		fields.put("save", save);
		fields.put("options", options);
	}
}
