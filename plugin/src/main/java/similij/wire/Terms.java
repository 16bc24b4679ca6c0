// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The terms of all comparisons of one run of a command: its name, its words, and the file of its rows. */
public final class Terms {

	/** Null until Python has named the run. */
	public final String runId;
	/** The words that Python reads, by their keys in {@code options.ini}. */
	public final Map<String, String> options;
	/** A CSV file that receives the rows, or null. */
	public final String save;
	/** The file that the regions are of, or null. */
	public final String roiFile;

	public Terms(final String runId, final Map<String, String> options, final String save, final String roiFile) {
		this.runId = runId;
		this.options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
		this.save = save;
		this.roiFile = roiFile;
	}

	/** The same, of a run that has a name. */
	public Terms named(final String run) {
		return new Terms(run, options, save, roiFile);
	}

	void write(final Map<String, Object> fields) {
		fields.put("run_id", runId);
		fields.put("save", save);
		fields.put("options", options);
		if (roiFile != null) fields.put("roi_file", roiFile);
	}
}
