// SPDX-License-Identifier: BSD-2-Clause
/**
 * Where Python is and how it is reached: in this process, or in a worker of its own; and how one is installed where there
 * is none, with the window that shows it.
 * <p>
 * Imports {@code wire} and Appose, SciJava only to find the Python in which Fiji runs, and of ImageJ only {@code IJ} and {@code Prefs}: the status bar, the Esc key, the
 * preference that names a Python, and the properties in which a warm worker outlives <i>Refresh Menus</i>. It knows neither
 * images nor options, so that a third way to reach Python is one more class here and touches nothing else.
 * </p>
 */
package similij.python;
