// SPDX-License-Identifier: BSD-2-Clause

import ij.IJ;
import ij.ImageJ;
import ij.ImagePlus;
import ij.WindowManager;
import ij.text.TextPanel;

import java.awt.AWTException;
import java.awt.Button;
import java.awt.Checkbox;
import java.awt.Choice;
import java.awt.Component;
import java.awt.Container;
import java.awt.Dialog;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Frame;
import java.awt.Label;
import java.awt.Menu;
import java.awt.MenuBar;
import java.awt.MenuItem;
import java.awt.Point;
import java.awt.Rectangle;
import java.awt.Robot;
import java.awt.TextComponent;
import java.awt.Toolkit;
import java.awt.Window;
import java.awt.event.InputEvent;
import java.awt.event.ItemEvent;
import java.awt.event.KeyEvent;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import javax.imageio.ImageIO;
import javax.swing.AbstractButton;
import javax.swing.JLabel;
import javax.swing.text.JTextComponent;

/**
 * Hands and eyes of a user at a plain ImageJ: reads commands from its standard input, a line each with its words apart by
 * tabs, and answers each with a line. Mouse and keys are those of the screen, so that what is photographed is what a user
 * sees, and clicks are counted as a user makes them. Started by docs_film.py: {@code java -cp ij.jar Hands.java}.
 */
public final class Hands {

	private static final int WAIT = 20;
	/** What a window may take to appear, in milliseconds: the first one builds a Python. */
	private static final long PATIENCE = 300_000;
	/** Where ImageJ's menu bar begins, and what stands beside each of its words, in pixels. */
	private static final int MENU_LEFT = 4;
	private static final int MENU_BESIDE = 18;
	/** What an entry of a menu is higher than its letters, and how high a line between entries is. */
	private static final int ITEM_BESIDE = 4;
	private static final int SEPARATOR = 9;

	private final Robot robot;
	private int clicks;

	private Hands() throws AWTException {
		robot = new Robot();
		robot.setAutoDelay(WAIT);
	}

	public static void main(final String[] arguments) throws Exception {
		new ImageJ(ImageJ.STANDALONE);
		IJ.getInstance().setLocation(10, 24);
		final Hands hands = new Hands();
		final BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = lines.readLine(); line != null; line = lines.readLine()) {
			String answer;
			try {
				answer = "OK\t" + hands.act(line.split("\t", -1));
			}
			catch (final Exception e) {
				answer = "ERROR\t" + e;
			}
			System.out.println("HANDS\t" + answer.replace("\n", "\\n"));
		}
		System.exit(0);
	}

	private String act(final String[] words) throws Exception {
		switch (words[0]) {
			case "open":
				IJ.open(words[1]);
				return "";
			case "place":
				window(words[1]).setLocation(Integer.parseInt(words[2]), Integer.parseInt(words[3]));
				return "";
			case "size":
				window(words[1]).setSize(Integer.parseInt(words[2]), Integer.parseInt(words[3]));
				return "";
			case "zoom":
				IJ.run(WindowManager.getImage(words[1]), words[2], "");
				return "";
			case "close":
				closeImages();
				return "";
			case "drag":
				drag(words);
				return "";
			case "macro":
				return String.valueOf(IJ.runMacro(words[1]));
			case "menu":
				menu(words);
				return "";
			case "peek":
				return peek(words);
			case "escape":
				key(KeyEvent.VK_ESCAPE);
				key(KeyEvent.VK_ESCAPE);
				return "";
			case "click":
				click(button(window(words[1]), words[2]));
				return "";
			case "field":
				write((TextComponent) fields(window(words[1])).get(Integer.parseInt(words[2])), words[3]);
				return "";
			case "choose":
				choose(window(words[1]), Integer.parseInt(words[2]), words[3]);
				return "";
			case "wait":
				return window(words[1]).getClass().getName();
			case "until":
				return until(words[1], words[2]);
			case "table":
				return table(words[1]);
			case "front":
				window(words[1]).toFront();
				return "";
			case "status":
				return status();
			case "done":
				return done(words[1]);
			case "gone":
				gone(words[1]);
				return "";
			case "text":
				return text(window(words[1]));
			case "windows":
				return windows();
			case "shot":
				return shot(words[1]);
			case "clicks": {
				final int all = clicks;
				clicks = 0;
				return Integer.toString(all);
			}
			default:
				throw new IllegalArgumentException("no command " + words[0]);
		}
	}

	private static List<Window> shown() {
		final List<Window> shown = new ArrayList<>();
		for (final Window window : Window.getWindows())
			if (window.isShowing()) shown.add(window);
		return shown;
	}

	private static String title(final Window window) {
		return window instanceof Frame ? ((Frame) window).getTitle() : window instanceof Dialog ? ((Dialog) window).getTitle()
			: "";
	}

	private static String windows() {
		final List<String> titles = new ArrayList<>();
		for (final Window window : shown())
			titles.add(title(window) + " " + window.getBounds().toString().replaceAll(".*\\[", "["));
		return String.join(" | ", titles);
	}

	/** The window whose title begins so, once it is shown. */
	private Window window(final String title) throws InterruptedException {
		final long end = System.currentTimeMillis() + PATIENCE;
		while (System.currentTimeMillis() < end) {
			for (final Window window : shown())
				if (title(window).startsWith(title)) {
					robot.waitForIdle();
					return window;
				}
			Thread.sleep(WAIT);
		}
		throw new IllegalStateException("no window " + title + "; there are: " + windows());
	}

	/** Waits until the status bar says that the work is done, in words that match. */
	private static String done(final String pattern) throws Exception {
		final long end = System.currentTimeMillis() + PATIENCE;
		while (System.currentTimeMillis() < end) {
			if (status().matches(pattern)) return status();
			Thread.sleep(WAIT);
		}
		throw new IllegalStateException("the status bar says " + status());
	}

	private void gone(final String title) throws InterruptedException {
		final long end = System.currentTimeMillis() + PATIENCE;
		while (System.currentTimeMillis() < end) {
			if (shown().stream().noneMatch(window -> title(window).startsWith(title))) return;
			Thread.sleep(WAIT);
		}
		throw new IllegalStateException("the window " + title + " stays");
	}

	private static List<Component> all(final Container container) {
		final List<Component> all = new ArrayList<>();
		for (final Component one : container.getComponents()) {
			if (!one.isVisible()) continue;
			all.add(one);
			if (one instanceof Container) all.addAll(all((Container) one));
		}
		return all;
	}

	private static List<Component> fields(final Container container) {
		final List<Component> fields = new ArrayList<>();
		for (final Component one : all(container))
			if (one instanceof TextComponent) fields.add(one);
		return fields;
	}

	private static Component button(final Window window, final String label) {
		for (final Component one : all(window)) {
			final String own = one instanceof Button ? ((Button) one).getLabel() : one instanceof Checkbox ? ((Checkbox) one)
				.getLabel() : one instanceof AbstractButton ? ((AbstractButton) one).getText() : "";
			if (own != null && own.trim().startsWith(label)) return one;
		}
		throw new IllegalStateException("no button " + label + " in " + title(window));
	}

	/** All that is written in a window. */
	private static String text(final Window window) throws ReflectiveOperationException {
		final List<String> words = new ArrayList<>();
		for (final Component one : all(window)) {
			if (one instanceof Label) words.add(((Label) one).getText());
			if (one instanceof JLabel) words.add(((JLabel) one).getText());
			if (one instanceof TextComponent) words.add(((TextComponent) one).getText());
			if (one instanceof JTextComponent) words.add(((JTextComponent) one).getText());
			if (one instanceof Choice) words.add(((Choice) one).getSelectedItem());
			if (one instanceof TextPanel) words.add(((TextPanel) one).getText());
			if (one.getClass().getName().equals("ij.gui.MultiLineLabel")) {
				final Field lines = one.getClass().getDeclaredField("lines");
				lines.setAccessible(true);
				words.add(String.join(" ", (String[]) lines.get(one)));
			}
		}
		return String.join(" ", words);
	}

	private String until(final String title, final String part) throws Exception {
		final long end = System.currentTimeMillis() + PATIENCE;
		while (System.currentTimeMillis() < end) {
			final String text = text(window(title));
			if (text.contains(part)) return text;
			Thread.sleep(WAIT);
		}
		throw new IllegalStateException(part + " is never written in " + title + ", but " + text(window(title)));
	}

	/** What a table shows in its view: its columns as far as its window is wide. */
	private String table(final String title) throws Exception {
		return text(window(title));
	}

	private static String status() throws ReflectiveOperationException {
		final Field line = ImageJ.class.getDeclaredField("statusLine");
		line.setAccessible(true);
		final Object label = line.get(IJ.getInstance());
		return label instanceof Label ? ((Label) label).getText() : ((JLabel) label).getText();
	}

	private void click(final Component component) {
		robot.waitForIdle();
		final Point corner = component.getLocationOnScreen();
		final boolean box = component instanceof Checkbox;
		click(corner.x + (box ? 10 : component.getWidth() / 2), corner.y + component.getHeight() / 2);
	}

	private void click(final int x, final int y) {
		robot.mouseMove(x, y);
		robot.delay(5 * WAIT);
		robot.mousePress(InputEvent.BUTTON1_DOWN_MASK);
		robot.mouseRelease(InputEvent.BUTTON1_DOWN_MASK);
		robot.waitForIdle();
		clicks++;
	}

	/** A selection is drawn with the mouse, with the tool that is chosen. */
	private void drag(final String[] words) {
		final ImagePlus image = WindowManager.getImage(words[1]);
		image.getWindow().toFront();
		robot.waitForIdle();
		final Point corner = image.getCanvas().getLocationOnScreen();
		final double zoom = image.getCanvas().getMagnification();
		final int[] at = new int[4];
		for (int k = 0; k < at.length; k++)
			at[k] = (int) (zoom * Integer.parseInt(words[2 + k]));
		robot.mouseMove(corner.x + at[0], corner.y + at[1]);
		robot.delay(5 * WAIT);
		robot.mousePress(InputEvent.BUTTON1_DOWN_MASK);
		for (int k = 1; k <= 8; k++) {
			robot.mouseMove(corner.x + at[0] + k * (at[2] - at[0]) / 8, corner.y + at[1] + k * (at[3] - at[1]) / 8);
			robot.delay(WAIT);
		}
		robot.mouseRelease(InputEvent.BUTTON1_DOWN_MASK);
		robot.waitForIdle();
	}

	private void key(final int code) {
		robot.keyPress(code);
		robot.keyRelease(code);
		robot.delay(6 * WAIT);
		robot.waitForIdle();
	}

	/** Goes down a menu of the menu bar to an entry, and clicks it. */
	private void menu(final String[] words) {
		final Point entry = down(words);
		click(entry.x, entry.y);
	}

	/** The same, photographed with the mouse on the entry, and closed again. */
	private String peek(final String[] words) throws IOException {
		final Point entry = down(Arrays.copyOf(words, words.length - 1));
		robot.mouseMove(entry.x, entry.y);
		final String shot = shot(words[words.length - 1]);
		click(Toolkit.getDefaultToolkit().getScreenSize().width - 2, 2);
		return shot;
	}

	/** Opens menu after menu with a click each; returns where the last of the words stands. */
	private Point down(final String[] words) {
		final MenuBar bar = IJ.getInstance().getMenuBar();
		final Font font = bar.getFont();
		final FontMetrics metrics = IJ.getInstance().getFontMetrics(font == null ? new Font("Dialog", Font.PLAIN, 12) : font);
		final Point corner = IJ.getInstance().getLocationOnScreen();
		int x = corner.x + MENU_LEFT;
		Menu menu = null;
		for (int k = 0; k < bar.getMenuCount() && menu == null; k++) {
			final int width = metrics.stringWidth(bar.getMenu(k).getLabel()) + MENU_BESIDE;
			if (bar.getMenu(k).getLabel().equals(words[1])) menu = bar.getMenu(k);
			x += menu == null ? width : width / 2;
		}
		if (menu == null) throw new IllegalStateException("no menu " + words[1]);
		// The window is made the active one first: a title bar that changes its colour is no menu that opens.
		click(corner.x + IJ.getInstance().getWidth() / 3, corner.y + IJ.getInstance().getInsets().top / 5);
		clicks--;
		Point at = new Point(x, corner.y + IJ.getInstance().getInsets().top - metrics.getHeight());
		int top = corner.y + IJ.getInstance().getInsets().top;
		int left = 0;
		for (int w = 2; w < words.length; w++) {
			robot.delay(15 * WAIT);
			final BufferedImage before = screen();
			click(at.x, at.y);
			robot.delay(15 * WAIT);
			final Rectangle opened = changed(before, screen(), top, left);
			top = 0;
			left = opened.x + opened.width + 1;
			final int line = metrics.getHeight() + ITEM_BESIDE;
			int y = opened.y + 2;
			MenuItem entry = null;
			for (int k = 0; k < menu.getItemCount() && entry == null; k++) {
				final MenuItem item = menu.getItem(k);
				if (item.getLabel().equals(words[w])) entry = item;
				else y += item.getLabel().equals("-") ? SEPARATOR : line;
			}
			if (entry == null) throw new IllegalStateException("no entry " + words[w]);
			at = new Point(opened.x + opened.width / 3, y + line / 2);
			if (entry instanceof Menu) menu = (Menu) entry;
		}
		return at;
	}

	private BufferedImage screen() {
		return robot.createScreenCapture(new Rectangle(Toolkit.getDefaultToolkit().getScreenSize()));
	}

	/** What of the screen is not as it was, from a line downwards and a column to the right: the menu that has opened. */
	private static Rectangle changed(final BufferedImage before, final BufferedImage after, final int top, final int left) {
		final Rectangle changed = new Rectangle(-1, -1);
		for (int y = top; y < after.getHeight(); y++)
			for (int x = left; x < after.getWidth(); x++)
				if (before.getRGB(x, y) != after.getRGB(x, y)) changed.add(x, y);
		if (changed.isEmpty()) throw new IllegalStateException("no menu has opened");
		return changed;
	}

	/** Clicks into a field and writes; what stood there goes. */
	private void write(final TextComponent field, final String text) {
		click(field);
		field.setText(text);
		robot.waitForIdle();
	}

	/** Two clicks of a user: the list, and the item. */
	private void choose(final Window window, final int number, final String item) {
		final List<Choice> choices = new ArrayList<>();
		for (final Component one : all(window))
			if (one instanceof Choice) choices.add((Choice) one);
		final Choice choice = choices.get(number);
		choice.select(item);
		for (final java.awt.event.ItemListener listener : choice.getItemListeners())
			listener.itemStateChanged(new ItemEvent(choice, ItemEvent.ITEM_STATE_CHANGED, item, ItemEvent.SELECTED));
		clicks += 2;
	}

	private static void closeImages() {
		final int[] ids = WindowManager.getIDList();
		if (ids == null) return;
		for (final int id : ids) {
			final ImagePlus image = WindowManager.getImage(id);
			if (image == null) continue;
			image.changes = false;
			image.close();
		}
	}

	private String shot(final String path) throws IOException {
		robot.waitForIdle();
		robot.delay(20 * WAIT);
		final Rectangle screen = new Rectangle(Toolkit.getDefaultToolkit().getScreenSize());
		ImageIO.write(robot.createScreenCapture(screen), "png", new File(path));
		return windows();
	}
}
