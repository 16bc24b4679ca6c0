// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Map;

/** A page of the docs as a file; the answer is its path. */
public final class DocsPage extends Message<String> {

	private final String page;

	public DocsPage(final String page) {
		super("docs");
		this.page = page;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("page", page);
	}

	@Override
	String read(final Fields reply) throws BackendException {
		return reply.text("path");
	}
}
