// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.options.OptionTable;

import ij.IJ;
import ij.gui.GenericDialog;

import java.awt.Checkbox;
import java.awt.Choice;
import java.awt.Component;
import java.awt.FlowLayout;
import java.awt.GridBagLayout;
import java.awt.Label;
import java.awt.Panel;
import java.awt.TextField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
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
	/** Letters in a line of a message. */
	private static final int LINE = 80;

	private final GenericDialog dialog;
	private final OptionTable table;
	private final Map<String, Field> fields = new LinkedHashMap<>();

	Form(final GenericDialog dialog, final OptionTable table) {
		this.dialog = dialog;
		this.table = table;
	}

	/** What is written for a key, and all that the dialog shows for it. */
	private static final class Field {

		private final List<Component> row;
		private final Component focus;
		private final Supplier<String> value;
		private final Consumer<String> change;
		/** What the dialog wrote there itself. */
		private String begun;

		/**
		 * @param row what is hidden together
		 * @param focus where one writes or chooses
		 */
		Field(final List<Component> row, final Component focus, final Supplier<String> value, final Consumer<String> change) {
			this.row = row;
			this.focus = focus;
			this.value = value;
			this.change = change;
			this.begun = value.get();
		}
	}

	/**
	 * A dialog of all options of a table; what is written in it, or null if the user cancels.
	 *
	 * @param page of the docs, which its <i>Help</i> opens
	 */
	public static Map<String, String> ask(final String title, final OptionTable table, final String page) {
		final HelpedDialog dialog = new HelpedDialog(title, page);
		final Form form = new Form(dialog, table);
		for (final String key : table.keys()) {
			if (key.equals(MetricChooser.KEY)) MetricChooser.add(form, dialog, "", refusal -> IJ.error(title, Report.folded(refusal,
				LINE)));
			else form.add(key, null);
			if (table.message(key) != null) dialog.addMessage(table.message(key));
		}
		dialog.showDialog();
		if (!dialog.wasCanceled()) return form.values();
		Recording.nothing();
		return null;
	}

	/** A field of the kind that the table says, with what stands there at first; null: what the table says. */
	void add(final String key, final String initial) {
		final String begin = initial == null ? table.initial(key) : initial;
		final int before = dialog.getComponentCount();
		switch (table.kind(key)) {
			case "choice":
				addChoice(key, table.choices(key), initial == null ? table.choices(key).get(0) : initial);
				break;
			case "flag":
				dialog.addCheckbox(table.label(key), Boolean.parseBoolean(initial));
				final Checkbox box = last(dialog.getCheckboxes());
				put(key, before, box, () -> Boolean.toString(box.getState()), word -> box.setState(Boolean.parseBoolean(word)));
				break;
			case "list":
				addList(key, begin);
				break;
			case "folder":
				dialog.addDirectoryField(table.label(key), begin, table.width(key));
				addText(key, before, true);
				break;
			case "file":
				dialog.addFileField(table.label(key), begin, table.width(key));
				addText(key, before, true);
				break;
			default:
				addText(key, begin);
		}
	}

	/** A field to write in, with what the table hints at behind it; or what else stands there. */
	private TextField addText(final String key, final String begin, final Component... behind) {
		final int before = dialog.getComponentCount();
		dialog.addStringField(table.label(key), begin, table.width(key));
		final TextField field = last(dialog.getStringFields());
		final List<Component> more = new ArrayList<>(Arrays.asList(behind));
		if (table.hint(key) != null) more.add(new Label(table.hint(key)));
		if (!more.isEmpty()) {
			// As ImageJ does with the button behind the field of a file.
			final GridBagLayout layout = (GridBagLayout) dialog.getLayout();
			final Panel panel = new Panel(new FlowLayout(FlowLayout.LEFT, 0, 0));
			layout.setConstraints(panel, layout.getConstraints(field));
			panel.add(field);
			more.forEach(panel::add);
			dialog.add(panel);
		}
		addText(key, before, false);
		return field;
	}

	/** The same with buttons behind it. */
	TextField addTextWith(final String key, final String begin, final Component... behind) {
		return addText(key, begin, behind);
	}

	/** A choice of other words than those of the table. */
	Choice addChoice(final String key, final List<String> choices, final String initial) {
		final int before = dialog.getComponentCount();
		dialog.addChoice(table.label(key), choices.toArray(new String[0]), initial);
		final Choice choice = last(dialog.getChoices());
		put(key, before, choice, choice::getSelectedItem, choice::select);
		return choice;
	}

	/** Another way to read and to write a value than the field itself has. */
	void put(final String key, final Supplier<String> value, final Consumer<String> change) {
		final Field field = fields.get(key);
		fields.put(key, new Field(field.row, field.focus, value, change));
	}

	private void put(final String key, final int before, final Component focus, final Supplier<String> value,
		final Consumer<String> change)
	{
		final List<Component> row = new ArrayList<>(Arrays.asList(dialog.getComponents()).subList(before, dialog
			.getComponentCount()));
		fields.put(key, new Field(row, focus, value, change));
	}

	/** In ImageJ a path has slashes, also on Windows, where the field has what its button wrote. */
	private void addText(final String key, final int before, final boolean path) {
		final TextField field = last(dialog.getStringFields());
		final Supplier<String> value = () -> path ? field.getText().trim().replace('\\', '/') : field.getText().trim();
		put(key, before, field, value, field::setText);
	}

	private void addList(final String key, final String initial) {
		final int before = dialog.getComponentCount();
		final List<String> items = table.choices(key);
		final List<String> begin = Arrays.asList(initial.split(","));
		final boolean[] chosen = new boolean[items.size()];
		for (int k = 0; k < chosen.length; k++)
			chosen[k] = begin.contains(items.get(k));
		dialog.addMessage(table.label(key) + ":");
		dialog.addCheckboxGroup((items.size() + 1) / 2, 2, table.boxes(key).toArray(new String[0]), chosen);
		final List<?> all = dialog.getCheckboxes();
		final List<Checkbox> boxes = new ArrayList<>();
		for (final Object box : all.subList(all.size() - chosen.length, all.size()))
			boxes.add((Checkbox) box);
		put(key, before, boxes.get(0), () -> {
			final List<String> words = new ArrayList<>();
			for (int k = 0; k < chosen.length; k++)
				if (boxes.get(k).getState()) words.add(items.get(k));
			return String.join(",", words);
		}, words -> {
			final List<String> listed = Arrays.asList(words.split(","));
			for (int k = 0; k < chosen.length; k++)
				boxes.get(k).setState(listed.contains(items.get(k)));
		});
	}

	@SuppressWarnings("unchecked")
	private static <T> T last(final List<?> fields) {
		return (T) fields.get(fields.size() - 1);
	}

	/** What is written in a field. */
	String value(final String key) {
		return fields.get(key).value.get();
	}

	/** Writes into a field what the dialog offers there. */
	void offer(final String key, final String word) {
		final Field field = fields.get(key);
		if (!field.value.get().equals(word)) field.change.accept(word);
		field.begun = field.value.get();
	}

	/** Whether the user has changed what the dialog offers. */
	boolean isTouched(final String key) {
		final Field field = fields.get(key);
		return !field.value.get().equals(field.begun);
	}

	/** Shows or hides a field with its label. */
	void show(final String key, final boolean visible) {
		for (final Component part : fields.get(key).row)
			part.setVisible(visible);
	}

	boolean isShown(final String key) {
		return fields.get(key).focus.isVisible() && fields.get(key).row.get(0).isVisible();
	}

	/** Where one writes or chooses. */
	Component field(final String key) {
		return fields.get(key).focus;
	}

	/** What is written in all fields, by key. */
	Map<String, String> values() {
		final Map<String, String> written = new LinkedHashMap<>();
		fields.forEach((key, field) -> written.put(key, field.value.get()));
		return written;
	}
}
