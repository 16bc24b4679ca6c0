// SPDX-License-Identifier: BSD-2-Clause
/**
 * What ImageJ knows: images, planes, pixels, selections and ROIs, and the files they come from.
 * <p>
 * Imports ImageJ, {@code options} (which region is asked for) and {@code wire} (how a fact is told). It states and does not
 * judge: whether two images can be compared is Python's to say, so that a macro, a shell and a script hear the same words.
 * </p>
 */
package similij.images;
