// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.wire.Inert;
import similij.wire.Row;

import ij.IJ;

import java.util.List;

/**
 * Receives the rows of a command as they come. The runners know rows and not where people read them, so that they can be
 * tested without ImageJ's table and do not depend on what shows it.
 */
public interface Results {

	/** Shows rows as soon as they are known: a run that is cancelled keeps those it has. */
	void show(List<Row> rows);

	/** Adds a remark to the rows that a run has left. */
	void remark(String run, String remark);

	/** Tells a paragraph about the rows. */
	default void tell(final String paragraph) {
		IJ.log(Inert.line(paragraph));
	}
}
