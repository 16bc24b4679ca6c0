// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import ij.gui.GenericDialog;

import java.awt.Button;
import java.awt.event.ActionEvent;
import java.awt.event.KeyEvent;

/** A dialog whose <i>Help</i> opens a page of the docs, and that may look at its entries before OK closes it. */
class HelpedDialog extends GenericDialog {

	private static final long serialVersionUID = 1L;

	private final String page;

	HelpedDialog(final String title, final String page) {
		super(title);
		this.page = page;
		addHelp(page);
	}

	/** Called instead of closing, where OK or Enter is pressed; {@link #finish} then closes. */
	void accept() {
		finish();
	}

	/** Closes as OK does. */
	final void finish() {
		super.actionPerformed(new ActionEvent(okay(), ActionEvent.ACTION_PERFORMED, okay().getLabel()));
	}

	final Button okay() {
		return getButtons()[0];
	}

	@Override
	public void actionPerformed(final ActionEvent event) {
		if (event.getSource() == okay()) accept();
		else if (event.getSource() instanceof Button && "Help".equals(event.getActionCommand())) Docs.open(page);
		else super.actionPerformed(event);
	}

	@Override
	public void keyPressed(final KeyEvent event) {
		// ImageJ closes the dialog here itself, whatever is written in it.
		if (event.getKeyCode() != KeyEvent.VK_ENTER) super.keyPressed(event);
		else if (okay().isEnabled()) accept();
	}
}
