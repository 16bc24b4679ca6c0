// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A question to Python and the type of its answer. The keys of messages are written in this package and nowhere else.
 *
 * @param <R> what Python answers
 */
public abstract class Message<R> {

	private final String op;

	Message(final String op) {
		this.op = op;
	}

	/** Adds all fields but {@code op}. A field that has no value is there, as null: a field that is missing is a fault. */
	abstract void write(Map<String, Object> fields);

	/** Reads the answer, which is no error. */
	abstract R read(Fields reply) throws BackendException;

	/** As it travels. */
	public final Map<String, Object> toMap() {
		final Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("op", op);
		write(fields);
		return fields;
	}

	/** Sends it and waits for the answer; one that is an error, or that does not fit, becomes an exception. */
	public final R ask(final Backend backend) throws BackendException {
		final Map<String, Object> reply = backend.call(toMap());
		final Object error = reply.get("error");
		if (error == null) return read(new Fields(op, reply));
		final Object traceback = reply.get("traceback");
		throw new BackendException(error.toString(), traceback == null ? null : traceback.toString());
	}
}
