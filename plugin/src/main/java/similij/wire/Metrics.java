// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** All metrics there are, group by group, for the dialog. */
public final class Metrics extends Message<List<Metrics.MetricGroup>> {

	public Metrics() {
		super("metrics");
	}

	@Override
	void write(final Map<String, Object> fields) {
		// It has no fields.
	}

	@Override
	List<MetricGroup> read(final Fields reply) throws BackendException {
		final List<MetricGroup> groups = new ArrayList<>();
		for (final Fields group : reply.each("groups")) {
			final List<Metric> metrics = new ArrayList<>();
			for (final Fields metric : group.each("metrics"))
				metrics.add(new Metric(metric.text("name"), metric.text("label"), metric.text("summary")));
			groups.add(new MetricGroup(group.text("title"), metrics));
		}
		return groups;
	}

	/** Metrics that answer one question. */
	public static final class MetricGroup {

		public final String title;
		public final List<Metric> metrics;

		public MetricGroup(final String title, final List<Metric> metrics) {
			this.title = title;
			this.metrics = Collections.unmodifiableList(metrics);
		}
	}

	/** A metric, as the dialog shows it. */
	public static final class Metric {

		/** In options. */
		public final String name;
		/** In tables. */
		public final String label;
		/** What it sees, in a line. */
		public final String summary;

		public Metric(final String name, final String label, final String summary) {
			this.name = name;
			this.label = label;
			this.summary = summary;
		}
	}
}
