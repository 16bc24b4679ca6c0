// SPDX-License-Identifier: BSD-2-Clause
/**
 * What a command can be told, read from the table {@code options.ini}, which Python reads, too.
 * <p>
 * Imports {@code wire} for its exception, and no ImageJ: how a macro's words are read is tested without an image. Keys that
 * only Python acts upon have no name in here; they come from the table and travel as they were written.
 * </p>
 */
package similij.options;
