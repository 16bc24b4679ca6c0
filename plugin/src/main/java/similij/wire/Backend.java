// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import similij.python.EmbeddedBackend;
import similij.python.WorkerBackend;

import java.util.Map;

/**
 * Python, as ImageJ sees it: a place that answers messages. The messages are those of {@code docs/protocol.md}.
 * <p>
 * Two implementations in {@code similij.python}, one contract: {@code EmbeddedBackend} where Python hosts this JVM,
 * {@code WorkerBackend} where it is a process of its own. This interface names no type of ImageJ or Appose, so that a test
 * can stand in for Python.
 * </p>
 */
public interface Backend extends AutoCloseable {

	/** For the status bar: where the numbers are computed. */
	String name();

	/**
	 * Memory that both sides see, one buffer for each name in {@code bytes}, at least as large as asked.
	 * <p>
	 * All buffers of a run are asked for together: a buffer that must grow is replaced, and Python lets go of all of them
	 * at once. They stay valid until the next call of this method.
	 * </p>
	 */
	Map<String, PixelBuffer> buffers(Map<String, Long> bytes) throws BackendException;

	/**
	 * Sends a message and waits for the answer.
	 *
	 * @throws BackendException when there is no answer. An answer with the key {@code error} is an answer:
	 *           {@link Message#ask} turns it into an exception.
	 */
	Map<String, Object> call(Map<String, Object> message) throws BackendException;

	/** A run has ended, and nobody looks at its buffers any more. */
	default void afterRun() {}

	@Override
	void close();
}
