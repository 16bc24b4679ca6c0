// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.options.OptionTable;

import ij.gui.GenericDialog;

import java.awt.Checkbox;
import java.awt.Choice;
import java.awt.TextField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Fields of a dialog that are made of the table of options, and what is written in them, by key: an option that is added
 * to the table has a field without a line of Java.
 * <p>
 * Values are read from the fields themselves: {@code getNextString()} and the like would record them, too, and what is
 * recorded is the line that the parser reads.
 * </p>
 */
public final class Form {

	/** Label of the first item of a list of images, where none can be chosen. */
	static final String NONE = "none";

	private final GenericDialog dialog;
	private final OptionTable table;
	private final Map<String, Supplier<String>> values = new LinkedHashMap<>();

	Form(final GenericDialog dialog, final OptionTable table) {
		this.dialog = dialog;
		this.table = table;
	}

	/** A dialog of all options of a table; what is written in it, or null if the user cancels. */
	public static Map<String, String> ask(final String title, final OptionTable table, final String help) {
		final GenericDialog dialog = new GenericDialog(title);
		final Form form = new Form(dialog, table);
		for (final String key : table.keys()) {
			form.add(key, null);
			if (table.message(key) != null) dialog.addMessage(table.message(key));
		}
		dialog.addHelp(help);
		dialog.showDialog();
		if (!dialog.wasCanceled()) return form.values();
		Recording.nothing();
		return null;
	}

	/** A field of the kind that the table says, with what stands there at first; null: what the table says. */
	void add(final String key, final String initial) {
		final String begin = initial == null ? table.initial(key) : initial;
		switch (table.kind(key)) {
			case "choice":
				addChoice(key, table.choices(key), initial == null ? table.choices(key).get(0) : initial);
				break;
			case "flag":
				dialog.addCheckbox(table.label(key), Boolean.parseBoolean(initial));
				final Checkbox box = last(dialog.getCheckboxes());
				values.put(key, () -> Boolean.toString(box.getState()));
				break;
			case "list":
				addList(key, begin);
				break;
			case "folder":
				dialog.addDirectoryField(table.label(key), begin, table.width(key));
				addText(key, true);
				break;
			case "file":
				dialog.addFileField(table.label(key), begin, table.width(key));
				addText(key, true);
				break;
			default:
				dialog.addStringField(table.label(key), begin, table.width(key));
				addText(key, false);
		}
	}

	/** A choice of other words than those of the table. */
	Choice addChoice(final String key, final List<String> choices, final String initial) {
		dialog.addChoice(table.label(key), choices.toArray(new String[0]), initial);
		final Choice choice = last(dialog.getChoices());
		values.put(key, choice::getSelectedItem);
		return choice;
	}

	/** A value that comes from elsewhere. */
	void put(final String key, final Supplier<String> value) {
		values.put(key, value);
	}

	/** In ImageJ a path has slashes, also on Windows, where the field has what its button wrote. */
	private void addText(final String key, final boolean path) {
		final TextField field = last(dialog.getStringFields());
		values.put(key, () -> path ? field.getText().trim().replace('\\', '/') : field.getText().trim());
	}

	private void addList(final String key, final String initial) {
		final List<String> items = table.choices(key);
		final List<String> begin = Arrays.asList(initial.split(","));
		final boolean[] chosen = new boolean[items.size()];
		for (int k = 0; k < chosen.length; k++)
			chosen[k] = begin.contains(items.get(k));
		dialog.addMessage(table.label(key) + ":");
		dialog.addCheckboxGroup((items.size() + 1) / 2, 2, table.boxes(key).toArray(new String[0]), chosen);
		final List<?> all = dialog.getCheckboxes();
		final List<?> boxes = new ArrayList<>(all.subList(all.size() - chosen.length, all.size()));
		values.put(key, () -> {
			final List<String> words = new ArrayList<>();
			for (int k = 0; k < chosen.length; k++)
				if (((Checkbox) boxes.get(k)).getState()) words.add(items.get(k));
			return String.join(",", words);
		});
	}

	@SuppressWarnings("unchecked")
	private static <T> T last(final List<?> fields) {
		return (T) fields.get(fields.size() - 1);
	}

	/** What is written in a field. */
	String value(final String key) {
		return values.get(key).get();
	}

	/** What is written in all fields, by key. */
	Map<String, String> values() {
		final Map<String, String> written = new LinkedHashMap<>();
		values.forEach((key, value) -> written.put(key, value.get()));
		return written;
	}
}
