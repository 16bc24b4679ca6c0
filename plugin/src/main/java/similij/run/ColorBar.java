// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import ij.ImageListener;
import ij.ImagePlus;
import ij.gui.ImageWindow;
import ij.process.LUT;

import java.awt.Canvas;
import java.awt.Color;
import java.awt.Container;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics;

/**
 * What the colours of a map mean, below it in its window.
 * <p>
 * Not in its overlay, where it would cover pixels; and not on a wider canvas, whose border of no value would be measured.
 * The map stays as large as the images, and what is selected in one can be restored in the other. The bar follows the
 * colours and the range, whoever changes them.
 * </p>
 */
final class ColorBar extends Canvas implements ImageListener {

	private static final long serialVersionUID = 1L;
	/** Pixels: the bar, the line of numbers, the line of words, and the least width that numbers can be read in. */
	private static final int BAR = 12;
	private static final int LINE = 14;
	private static final int MARGIN = 4;
	private static final int NARROWEST = 180;
	/** Pixels along the bar for each number. */
	private static final int ROOM = 56;
	private static final int TICK = 3;
	private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

	private final transient ImagePlus image;
	private final String words;

	private ColorBar(final ImagePlus image, final String words) {
		this.image = image;
		this.words = words;
		setBackground(Color.WHITE);
	}

	/** Puts a bar below a map that is shown. */
	static void addTo(final ImagePlus image, final String words) {
		final ImageWindow window = image.getWindow();
		if (window == null) return;
		final ColorBar bar = new ColorBar(image, words);
		window.add(bar);
		ImagePlus.addImageListener(bar);
		window.pack();
	}

	@Override
	public Dimension getPreferredSize() {
		final ImageWindow window = image.getWindow();
		final int width = window == null ? NARROWEST : window.getCanvas().getPreferredSize().width;
		return new Dimension(Math.max(NARROWEST, width), MARGIN + BAR + TICK + 2 * LINE);
	}

	/**
	 * ImageJ puts what is below an image where the image begins, which it centers in a wider window: of a bar that is wider
	 * than the image, the end would lie outside. So it is centered itself.
	 */
	@Override
	public void setBounds(final int x, final int y, final int width, final int height) {
		final Container window = getParent();
		final boolean beyond = window != null && x + width > window.getWidth() - window.getInsets().right;
		super.setBounds(beyond ? Math.max(window.getInsets().left, (window.getWidth() - width) / 2) : x, y, width, height);
	}

	@Override
	public void paint(final Graphics graphics) {
		final LUT colors = image.getProcessor().getLut();
		final double low = image.getDisplayRangeMin();
		final double high = image.getDisplayRangeMax();
		final int width = getWidth() - 2 * MARGIN - 1;
		for (int x = 0; x <= width; x++) {
			graphics.setColor(new Color(colors.getRGB(Math.min(255, 256 * x / width))));
			graphics.drawLine(MARGIN + x, MARGIN, MARGIN + x, MARGIN + BAR);
		}
		graphics.setColor(Color.DARK_GRAY);
		graphics.drawRect(MARGIN, MARGIN, width, BAR);
		graphics.setFont(FONT);
		final FontMetrics metrics = graphics.getFontMetrics();
		final double step = step((high - low) / Math.max(2, width / ROOM));
		final int digits = Math.max(0, (int) -Math.floor(Math.log10(step)));
		graphics.setColor(Color.BLACK);
		for (double value = Math.ceil(low / step) * step; value <= high + step / 1000; value += step) {
			final int x = MARGIN + (int) Math.round((value - low) / (high - low) * width);
			graphics.drawLine(x, MARGIN + BAR, x, MARGIN + BAR + TICK);
			final String number = ij.IJ.d2s(Math.abs(value) < step / 1000 ? 0 : value, digits).replace('-', '\u2212');
			final int wide = metrics.stringWidth(number);
			final int left = Math.max(0, Math.min(getWidth() - wide, x - wide / 2));
			graphics.drawString(number, left, MARGIN + BAR + TICK + metrics.getAscent());
		}
		graphics.drawString(words, (getWidth() - metrics.stringWidth(words)) / 2, MARGIN + BAR + TICK + LINE + metrics
			.getAscent());
	}

	/** The next larger of 1, 2 and 5 times a power of 10. */
	static double step(final double least) {
		if (!(least > 0) || Double.isInfinite(least)) return 1;
		final double power = Math.pow(10, Math.floor(Math.log10(least)));
		for (final int k : new int[] { 1, 2, 5 })
			if (k * power >= least) return k * power;
		return 10 * power;
	}

	@Override
	public void imageOpened(final ImagePlus opened) {}

	@Override
	public void imageUpdated(final ImagePlus updated) {
		if (updated == image) repaint();
	}

	@Override
	public void imageClosed(final ImagePlus closed) {
		if (closed == image) ImagePlus.removeImageListener(this);
	}
}
