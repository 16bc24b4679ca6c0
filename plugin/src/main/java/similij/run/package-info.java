// SPDX-License-Identifier: BSD-2-Clause
/**
 * The way from images and options to rows: which messages are sent, in which order, and what Esc does.
 * <p>
 * Imports what is below: {@code images}, {@code options}, {@code python}, {@code wire} and ImageJ. Rows leave through
 * {@link similij.run.Results}, so that a run can be tested with neither a table nor a window.
 * </p>
 */
package similij.run;
