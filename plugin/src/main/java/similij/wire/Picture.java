// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

/** A picture that Python wrote. */
public final class Picture {

	public final String path;
	public final String title;
	/** Whether it is opened where there is a window; the others are the same in another format. */
	public final boolean shown;

	Picture(final String path, final String title, final boolean shown) {
		this.path = path;
		this.title = title;
		this.shown = shown;
	}
}
