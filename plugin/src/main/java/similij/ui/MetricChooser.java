// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.python.Backends;
import similij.wire.BackendException;
import similij.wire.Metrics;

import java.awt.Button;
import java.awt.EventQueue;
import java.awt.TextField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * The field of a dialog that names metrics, and two buttons behind it: all metrics there are, to be chosen by boxes, and
 * the three that every table has.
 */
final class MetricChooser {

	static final String KEY = "metrics";
	/** What every table has. */
	private static final List<String> USUAL = Arrays.asList("pearson", "rmsd", "mean_difference");
	private static final String USUAL_WORDS = String.join(", ", USUAL);

	private final HelpedDialog window;
	private final TextField names;
	private final Consumer<String> refused;

	private MetricChooser(final HelpedDialog window, final TextField names, final Consumer<String> refused) {
		this.window = window;
		this.names = names;
		this.refused = refused;
	}

	/**
	 * Adds the field to a form.
	 *
	 * @param last what was chosen the last time; "" for the three
	 * @param refused is told why Python names no metrics
	 */
	static void add(final Form form, final HelpedDialog window, final String last, final Consumer<String> refused) {
		final Button choose = new Button("Choose...");
		final Button three = new Button("The three");
		final TextField names = form.addTextWith(KEY, last.isEmpty() ? USUAL_WORDS : last, choose, three);
		form.put(KEY, () -> names.getText().trim(), word -> names.setText(word.isEmpty() ? USUAL_WORDS : word));
		final MetricChooser chooser = new MetricChooser(window, names, refused);
		choose.addActionListener(event -> chooser.ask(choose));
		three.addActionListener(event -> names.setText(USUAL_WORDS));
	}

	/** Whether these are the three, in whatever order. */
	static boolean isUsual(final String metrics) {
		return new HashSet<>(Arrays.asList(metrics.split("\\s*,\\s*"))).equals(new HashSet<>(USUAL));
	}

	/** Asks Python for all metrics there are, and then the user which; the dialog stays usable meanwhile. */
	private void ask(final Button button) {
		button.setEnabled(false);
		final Thread thread = new Thread(() -> {
			List<Metrics.MetricGroup> groups = null;
			BackendException refusal = null;
			try {
				groups = new Metrics().ask(Backends.current());
			}
			catch (final BackendException e) {
				refusal = e;
			}
			final List<Metrics.MetricGroup> listed = groups;
			final BackendException failure = refusal;
			EventQueue.invokeLater(() -> {
				button.setEnabled(true);
				if (!window.isShowing()) return;
				if (failure == null) choose(listed);
				else refused.accept(failure.getMessage());
			});
		}, "SimilIJ-metrics");
		thread.setDaemon(true);
		thread.start();
	}

	/** All metrics there are, group by group, each with what it sees, in a window of its own. */
	private void choose(final List<Metrics.MetricGroup> groups) {
		final MetricBoxes metrics = new MetricBoxes(groups, Arrays.asList(names.getText().trim().split("\\s*,\\s*")));
		final HelpedDialog dialog = new HelpedDialog(window.getTitle() + ": Metrics", KEY + "#all-metrics") {

			private static final long serialVersionUID = 1L;

			@Override
			public void pack() {
				// Twice: sizes are known once a window is packed, and are then what the boxes are fitted to.
				super.pack();
				metrics.fit();
				super.pack();
			}
		};
		metrics.addTo(dialog);
		dialog.showDialog();
		if (dialog.wasCanceled()) return;
		final List<String> chosen = metrics.chosen();
		// Columns come in this order, and what everybody knows is read first.
		final List<String> ordered = new ArrayList<>(USUAL);
		ordered.retainAll(chosen);
		chosen.removeAll(USUAL);
		ordered.addAll(chosen);
		names.setText(ordered.isEmpty() ? USUAL_WORDS : String.join(", ", ordered));
	}
}
