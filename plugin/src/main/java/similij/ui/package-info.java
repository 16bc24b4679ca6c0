// SPDX-License-Identifier: BSD-2-Clause
/**
 * Dialogs, ImageJ's Results table, the macro recorder, and how an error reaches the user.
 * <p>
 * Imports everything but the commands. All that needs a screen is here and is a convenience: no other package may rely on
 * it, since macros run headless.
 * </p>
 */
package similij.ui;
