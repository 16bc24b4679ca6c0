// SPDX-License-Identifier: BSD-2-Clause
/**
 * The way from images and options to rows: which messages are sent, in which order, and what Esc does.
 * <p>
 * Imports {@code images}, {@code options}, {@code wire} and ImageJ. Which Python answers is given to it, as a {@link
 * similij.wire.Python}, and rows leave through {@link similij.run.Results}; so a run can be tested without Python,
 * without a table and without a window.
 * </p>
 */
package similij.run;
