// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.List;

/** A picture that Python wrote, or whose plots are drawn here. */
public final class Picture {

	public final String kind;
	/** Of plots the file that they may be saved as. */
	public final String path;
	public final String title;
	/** What the colours of a map mean. */
	public final String scale;
	/** None of a map, whose file is there. */
	public final List<Chart> charts;

	Picture(final Fields fields) throws BackendException {
		this.kind = fields.text("kind");
		this.path = fields.text("path");
		this.title = fields.text("title");
		this.scale = fields.text("scale");
		this.charts = new ArrayList<>();
		for (final Fields chart : fields.each("charts"))
			charts.add(new Chart(chart));
	}

	/** A file that is shown as it is. */
	Picture(final String path, final String title) {
		this.kind = "matrix";
		this.path = path;
		this.title = title;
		this.scale = "";
		this.charts = new ArrayList<>();
	}
}
