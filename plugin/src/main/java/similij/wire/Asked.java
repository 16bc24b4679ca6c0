// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is the same for all comparisons of one run of a command: its name, its words, and the file of its rows. */
public final class Asked {

	/** Null until Python has named the run. */
	public final String runId;
	/** The words that Python reads, by their keys in {@code options.ini}. */
	public final Map<String, String> options;
	/** A CSV file that receives the rows, or null. */
	public final String save;

	public Asked(final String runId, final Map<String, String> options, final String save) {
		this.runId = runId;
		this.options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
		this.save = save;
	}

	/** The same, of a run that has a name. */
	public Asked named(final String run) {
		return new Asked(run, options, save);
	}

	void write(final Map<String, Object> fields) {
		fields.put("run_id", runId);
		fields.put("save", save);
		fields.put("options", options);
	}
}
