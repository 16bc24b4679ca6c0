// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

/**
 * Where to find the Python that answers now. Asked again for each pair of a long run, since a worker that died in between
 * has a successor.
 */
public interface Python {

	/** @throws BackendException when there is none, with what the user can do about it */
	Backend current() throws BackendException;
}
