// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The fields of an answer, read by name and kind. One that is missing or of another kind becomes a sentence that names
 * it, since a null that travels on from here would surface as an error that names nothing.
 */
final class Fields {

	private final String op;
	private final String path;
	private final Map<?, ?> values;

	Fields(final String op, final Map<?, ?> values) {
		this(op, "", values);
	}

	private Fields(final String op, final String path, final Map<?, ?> values) {
		this.op = op;
		this.path = path;
		this.values = values;
	}

	boolean has(final String key) {
		return values.get(key) != null;
	}

	String text(final String key) throws BackendException {
		final Object value = values.get(key);
		// A string of the other side may be a string of its own kind, but no number is a text.
		if (value instanceof CharSequence) return value.toString();
		throw wrong(key, value, "a text");
	}

	/** Null where it is null. */
	String textOrNull(final String key) throws BackendException {
		return has(key) ? text(key) : null;
	}

	int whole(final String key) throws BackendException {
		final Object value = values.get(key);
		if (value instanceof Number) return ((Number) value).intValue();
		throw wrong(key, value, "a whole number");
	}

	double number(final String key) throws BackendException {
		final Object value = values.get(key);
		if (value instanceof Number) return ((Number) value).doubleValue();
		throw wrong(key, value, "a number");
	}

	/** Null is NaN. Thousands of them may come as an array, which the embedded backend makes at once. */
	double[] numbers(final String key) throws BackendException {
		if (values.get(key) instanceof double[]) return (double[]) values.get(key);
		final List<?> list = list(key);
		final double[] numbers = new double[list.size()];
		for (int k = 0; k < numbers.length; k++) {
			final Object item = list.get(k);
			if (item != null && !(item instanceof Number)) throw wrong(key + "[" + k + "]", item, "a number");
			numbers[k] = item == null ? Double.NaN : ((Number) item).doubleValue();
		}
		return numbers;
	}

	boolean flag(final String key) throws BackendException {
		final Object value = values.get(key);
		if (value instanceof Boolean) return (Boolean) value;
		throw wrong(key, value, "true or false");
	}

	Map<String, Object> map(final String key) throws BackendException {
		final Object value = values.get(key);
		if (!(value instanceof Map)) throw wrong(key, value, "a map");
		final Map<String, Object> map = new LinkedHashMap<>();
		((Map<?, ?>) value).forEach((name, item) -> map.put(name.toString(), item));
		return map;
	}

	private List<?> list(final String key) throws BackendException {
		final Object value = values.get(key);
		if (value instanceof List) return (List<?>) value;
		throw wrong(key, value, "a list");
	}

	List<String> texts(final String key) throws BackendException {
		final List<String> texts = new ArrayList<>();
		for (final Object item : list(key)) {
			if (!(item instanceof CharSequence)) throw wrong(key + "[" + texts.size() + "]", item, "a text");
			texts.add(item.toString());
		}
		return texts;
	}

	int[] wholes(final String key) throws BackendException {
		return wholes(key, list(key));
	}

	private int[] wholes(final String key, final Object value) throws BackendException {
		if (!(value instanceof List)) throw wrong(key, value, "a list of whole numbers");
		final int[] numbers = new int[((List<?>) value).size()];
		for (int k = 0; k < numbers.length; k++) {
			final Object item = ((List<?>) value).get(k);
			if (!(item instanceof Number)) throw wrong(key + "[" + k + "]", item, "a whole number");
			numbers[k] = ((Number) item).intValue();
		}
		return numbers;
	}

	/** Pairs of whole numbers. */
	List<int[]> pairs(final String key) throws BackendException {
		final List<int[]> pairs = new ArrayList<>();
		for (final Object item : list(key)) {
			final String here = key + "[" + pairs.size() + "]";
			final int[] pair = wholes(here, item);
			if (pair.length != 2) throw wrong(here, item, "a pair of whole numbers");
			pairs.add(pair);
		}
		return pairs;
	}

	/** The fields of a map; null where it is null. */
	Fields inside(final String key) throws BackendException {
		if (!has(key)) return null;
		final Object value = values.get(key);
		if (!(value instanceof Map)) throw wrong(key, value, "a map");
		return new Fields(op, path + key + ".", (Map<?, ?>) value);
	}

	/** The fields of each item of a list. */
	List<Fields> each(final String key) throws BackendException {
		final List<Fields> all = new ArrayList<>();
		for (final Object item : list(key)) {
			final String here = key + "[" + all.size() + "]";
			if (!(item instanceof Map)) throw wrong(here, item, "a map");
			all.add(new Fields(op, path + here + ".", (Map<?, ?>) item));
		}
		return all;
	}

	private BackendException wrong(final String key, final Object value, final String expected) {
		return new BackendException("Python's answer to \"" + op + "\" does not fit this jar (" + Protocol.JAR + "): " + path +
			key + (value == null ? " is missing and must be " : " is " + value + " and must be ") + expected +
			". Update both sides from one release, with \"pip install similij-...whl\" and \"similij install <ImageJ or Fiji folder>\", then restart ImageJ.");
	}
}
