// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.run.Similarity;

import ij.IJ;
import ij.gui.GUI;

import java.awt.Dialog.ModalExclusionType;
import java.awt.Dimension;
import java.awt.EventQueue;
import java.awt.Rectangle;
import java.awt.event.KeyEvent;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

import javax.swing.JComponent;
import javax.swing.JEditorPane;
import javax.swing.JFrame;
import javax.swing.JScrollPane;
import javax.swing.KeyStroke;
import javax.swing.WindowConstants;
import javax.swing.event.HyperlinkEvent;
import javax.swing.text.html.HTMLDocument;
import javax.swing.text.html.HTMLEditorKit;

/**
 * A page of the docs in a window of ImageJ, where there is no browser. Links between the pages lead on in the same window.
 * <p>
 * It can be read while a dialog waits for its OK. ImageJ's own {@code HTMLDialog} cannot, since a modal dialog blocks it;
 * nor does it find the pictures of a page, or follow its links.
 * </p>
 */
final class HelpWindow {

	private static final String TITLE = Similarity.TITLE + ": Help";
	private static final Dimension SIZE = new Dimension(760, 640);
	/** What Swing's HTML of 1998 knows of a style. */
	private static final String[] RULES = { "body { font-family: sans-serif; font-size: 12pt; margin: 12px; }",
		"code { font-family: monospace; font-size: 11pt; }", "pre { font-family: monospace; font-size: 11pt; }",
		"h1 { font-size: 18pt; }", "h2 { font-size: 15pt; }", "h3 { font-size: 13pt; }", "th { text-align: left; }" };

	private final JFrame frame = new JFrame(TITLE);
	private final JEditorPane pane = new JEditorPane();
	private File page;

	HelpWindow() {
		frame.setModalExclusionType(ModalExclusionType.APPLICATION_EXCLUDE);
		frame.setDefaultCloseOperation(WindowConstants.DISPOSE_ON_CLOSE);
		pane.setEditable(false);
		pane.addHyperlinkListener(this::follow);
		frame.getContentPane().add(new JScrollPane(pane));
		frame.getRootPane().registerKeyboardAction(event -> frame.dispose(), KeyStroke.getKeyStroke(KeyEvent.VK_ESCAPE, 0),
			JComponent.WHEN_IN_FOCUSED_WINDOW);
		final Rectangle screen = GUI.getMaxWindowBounds(IJ.getInstance());
		frame.setSize(Math.min(SIZE.width, screen.width), Math.min(SIZE.height, screen.height));
		frame.setLocationRelativeTo(null);
	}

	/** Shows a page of a file, with its pictures, from a heading on; "": from its beginning. */
	void show(final File file, final String heading) {
		page = file;
		try {
			final String html = new String(Files.readAllBytes(file.toPath()), StandardCharsets.UTF_8);
			// What stands in the head is for browsers: Swing reads a letter code there as an error, and styles wrongly.
			// It finds headings by an anchor only.
			show(html.replaceFirst("(?s)<head>.*?</head>", "").replace("<main>", "").replace("</main>", "").replaceAll(
				"<h(\\d) id=\"([^\"]*)\">", "<h$1><a name=\"$2\"></a>"));
		}
		catch (final IOException e) {
			show("<html><body><p>The page " + file + " could not be read: " + e.getMessage() + "</p></body></html>");
		}
		// Where the text goes is known once it is laid out.
		if (!heading.isEmpty()) EventQueue.invokeLater(() -> pane.scrollToReference(heading.substring(1)));
	}

	/** Shows HTML. */
	void show(final String html) {
		final HTMLEditorKit kit = new HTMLEditorKit();
		pane.setEditorKit(kit);
		final HTMLDocument document = (HTMLDocument) kit.createDefaultDocument();
		for (final String rule : RULES)
			document.getStyleSheet().addRule(rule);
		try {
			if (page != null) document.setBase(page.toURI().toURL());
		}
		catch (final IOException e) {
			// Its pictures are missing then; the words are what matters.
		}
		pane.setDocument(document);
		pane.setText(html);
		pane.setCaretPosition(0);
		frame.setVisible(true);
	}

	private void follow(final HyperlinkEvent event) {
		final String link = event.getDescription();
		if (event.getEventType() != HyperlinkEvent.EventType.ACTIVATED || link == null) return;
		final String[] parts = link.split("#", 2);
		if (link.contains("://") || page == null && !parts[0].isEmpty()) {
			final Thread thread = new Thread(() -> Browser.open(link), "SimilIJ-docs");
			thread.setDaemon(true);
			thread.start();
			return;
		}
		final File target = parts[0].isEmpty() ? page : new File(page.getParentFile(), parts[0]);
		if (target != null) show(target, parts.length > 1 ? "#" + parts[1] : "");
	}
}
