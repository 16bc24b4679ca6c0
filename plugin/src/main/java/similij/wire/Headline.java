// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The numbers of all rows of a run in one line, in Python's words. */
public final class Headline extends Message<String> {

	/** Metrics that a line has room for: the first ones. */
	private static final int MOST = 3;

	private final List<Row> rows;

	/** @param rows one or more, all of the same metrics */
	public Headline(final List<Row> rows) {
		super("headline");
		this.rows = rows;
	}

	@Override
	void write(final Map<String, Object> fields) {
		final Map<String, Object> numbers = new LinkedHashMap<>();
		final List<String> names = new ArrayList<>(rows.get(0).metrics().keySet());
		for (final String name : names.subList(0, Math.min(MOST, names.size())))
			numbers.put(rows.get(0).metrics().get(name), column(row -> row.number(name)));
		fields.put("numbers", numbers);
		fields.put("pixels", column(row -> row.number("n")));
	}

	/** A number of each row; null where there is none, since JSON has no NaN. */
	private List<Double> column(final ToDoubleFunction<Row> number) {
		return rows.stream().map(number::applyAsDouble).map(value -> value.isNaN() ? null : value).collect(Collectors.toList());
	}

	@Override
	String read(final Fields reply) throws BackendException {
		return reply.text("words");
	}
}
