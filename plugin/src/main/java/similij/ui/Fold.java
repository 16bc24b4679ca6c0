// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.options.OptionTable;
import similij.options.OptionTable.Part;

import ij.Prefs;
import ij.gui.GenericDialog;

import java.awt.Button;
import java.awt.Component;
import java.awt.FlowLayout;
import java.awt.GridBagConstraints;
import java.awt.Insets;
import java.awt.Label;
import java.awt.Panel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A part of the dialog behind a button that folds and unfolds it. While it is folded, the line of the button says what
 * is chosen there, so that nothing that was chosen an other time works unseen.
 */
final class Fold {

	private static final String FOLDED = "\u25b8 ";
	private static final String UNFOLDED = "\u25be ";
	/** Where a font lacks the triangles. */
	private static final String[] PLAIN = { "+ ", "- " };
	/** Letters of what is said beside the button, at most. */
	private static final int LETTERS = 44;

	private final String title;
	private final Form form;
	private final List<String> keys;
	private final String name;
	private final Button button = new Button();
	private final Label chosen = new Label();
	private final List<Component> others = new ArrayList<>();
	private boolean open;

	/** @param pressed called when the user presses the button */
	Fold(final Part part, final String title, final GenericDialog dialog, final Form form, final OptionTable table,
		final Runnable pressed)
	{
		this.title = title;
		this.form = form;
		this.keys = table.keys(part);
		this.name = table.name("unfolded." + part.name().toLowerCase(Locale.ROOT));
		this.open = Remembered.flag(name);
		button.addActionListener(event -> pressed.run());
		button.addKeyListener(dialog);
		final Panel line = new Panel(new FlowLayout(FlowLayout.LEFT, 0, 0));
		line.add(button);
		line.add(chosen);
		final int space = (int) (8 * Prefs.getGuiScale());
		dialog.addPanel(line, GridBagConstraints.WEST, new Insets(space, 0, 2, 0));
	}

	boolean isOpen() {
		return open;
	}

	void open(final boolean unfold) {
		open = unfold;
	}

	/** Keeps for the next time whether it is unfolded. */
	void remember() {
		Remembered.keep(name, open);
	}

	/** What else is in this part. */
	void with(final Component other) {
		others.add(other);
	}

	boolean has(final String key) {
		return keys.contains(key);
	}

	/** @param words what differs from the default, by key */
	void show(final Map<String, String> words) {
		final boolean triangles = button.getFont() == null || button.getFont().canDisplay(FOLDED.charAt(0));
		button.setLabel((triangles ? open ? UNFOLDED : FOLDED : PLAIN[open ? 1 : 0]) + title);
		final List<String> said = new ArrayList<>();
		if (!open) words.forEach((key, word) -> {
			if (keys.contains(key)) said.add(word);
		});
		final String text = String.join("; ", said);
		chosen.setText(" " + (text.length() > LETTERS ? text.substring(0, LETTERS) + "..." : text));
		keys.forEach(key -> form.show(key, open));
		others.forEach(other -> other.setVisible(open));
	}
}
