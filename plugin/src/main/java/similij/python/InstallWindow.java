// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import ij.IJ;
import ij.Prefs;

import java.awt.BorderLayout;
import java.awt.Button;
import java.awt.Canvas;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.EventQueue;
import java.awt.FlowLayout;
import java.awt.Font;
import java.awt.Frame;
import java.awt.GraphicsEnvironment;
import java.awt.Graphics;
import java.awt.GridLayout;
import java.awt.Label;
import java.awt.Panel;
import java.awt.Rectangle;
import java.awt.event.KeyAdapter;
import java.awt.event.KeyEvent;
import java.awt.event.WindowAdapter;
import java.awt.event.WindowEvent;

/**
 * The window while Python is installed: what is fetched, how much of it, how long it may take, and <i>Cancel</i>.
 * <p>
 * A frame of its own and not ImageJ's progress bar, since this takes a minute or more, and whoever waits as long wants to
 * know for what. It is not modal: other commands of ImageJ can be used meanwhile.
 * </p>
 */
final class InstallWindow implements Watcher {

	private static final int WIDTH = 520;
	private static final int BAR = 14;
	private static final int LETTERS = 12;
	private static final int EDGE = 12;
	/** What stays free below the window, as a part of the screen. */
	private static final int PART_BELOW = 16;
	private static final int FLASH_MILLIS = 400;
	private static final Color DONE = new Color(70, 130, 200);

	private final Frame frame = new Frame("Image Similarity: Installing Python");
	private final Label now = new Label("Starting ...");
	private final Bar bar = new Bar();
	private final long began = System.currentTimeMillis();
	private volatile boolean cancelled;
	private volatile boolean closed;

	/** @param what is installed, and for what: lines */
	InstallWindow(final String what) {
		// Not at once: where everything is in place already, a window would only flash.
		final Thread opening = new Thread(() -> {
			IJ.wait(FLASH_MILLIS);
			EventQueue.invokeLater(() -> open(what));
		}, "SimilIJ-window");
		opening.setDaemon(true);
		opening.start();
	}

	private void open(final String what) {
		if (closed) return;
		final Font letters = new Font(Font.SANS_SERIF, Font.PLAIN, (int) (LETTERS * Prefs.getGuiScale()));
		frame.setFont(letters);
		final Panel words = new Panel(new GridLayout(0, 1));
		for (final String line : what.split("\n"))
			words.add(new Label(line));
		words.add(now);
		final Button cancel = new Button("Cancel");
		cancel.addActionListener(event -> cancel());
		cancel.addKeyListener(new KeyAdapter() {

			@Override
			public void keyPressed(final KeyEvent event) {
				if (event.getKeyCode() == KeyEvent.VK_ESCAPE) cancel();
			}
		});
		final Panel buttons = new Panel(new FlowLayout(FlowLayout.RIGHT));
		buttons.add(cancel);
		final Panel all = new Panel(new BorderLayout(0, EDGE / 2)) {

			private static final long serialVersionUID = 1L;

			@Override
			public java.awt.Insets getInsets() {
				return new java.awt.Insets(EDGE, EDGE, EDGE / 2, EDGE);
			}
		};
		all.add(words, BorderLayout.NORTH);
		all.add(bar, BorderLayout.CENTER);
		all.add(buttons, BorderLayout.SOUTH);
		frame.add(all);
		frame.addWindowListener(new WindowAdapter() {

			@Override
			public void windowClosing(final WindowEvent event) {
				cancel();
			}
		});
		frame.setResizable(false);
		frame.pack();
		// Below the middle of the screen: the dialog that waits for this stands in the middle, and must not hide Cancel.
		final Rectangle screen = GraphicsEnvironment.getLocalGraphicsEnvironment().getMaximumWindowBounds();
		frame.setLocation(screen.x + (screen.width - frame.getWidth()) / 2, screen.y + screen.height - frame.getHeight() -
			screen.height / PART_BELOW);
		frame.setVisible(true);
	}

	private void cancel() {
		cancelled = true;
		now.setText("Cancelling ...");
	}

	@Override
	public void show(final String words, final double share) {
		final long seconds = (System.currentTimeMillis() - began) / 1000;
		EventQueue.invokeLater(() -> {
			if (cancelled) return;
			now.setText(words + (seconds < 2 ? "" : "   " + seconds + " s"));
			bar.set(share);
		});
	}

	@Override
	public boolean isCancelled() {
		return cancelled || IJ.escapePressed();
	}

	@Override
	public void close() {
		closed = true;
		EventQueue.invokeLater(frame::dispose);
	}

	/** How much is done; where nobody knows, a piece that wanders. */
	private static final class Bar extends Canvas {

		private static final long serialVersionUID = 1L;
		private static final int PIECES = 20;

		private double share = -1;
		private int step;

		@Override
		public Dimension getPreferredSize() {
			return new Dimension((int) (WIDTH * Prefs.getGuiScale()), BAR);
		}

		void set(final double now) {
			share = now;
			step++;
			repaint();
		}

		@Override
		public void paint(final Graphics g) {
			final int width = getWidth() - 1;
			final int height = Math.min(BAR, getHeight()) - 1;
			g.setColor(Color.WHITE);
			g.fillRect(0, 0, width, height);
			g.setColor(DONE);
			if (share < 0) g.fillRect(step % PIECES * width / PIECES, 0, width / PIECES, height);
			else g.fillRect(0, 0, (int) (Math.min(1, share) * width), height);
			g.setColor(Color.GRAY);
			g.drawRect(0, 0, width, height);
		}
	}
}
