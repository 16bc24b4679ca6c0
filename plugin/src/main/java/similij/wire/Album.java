// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Map;

/** Pictures of all comparisons of a run will be wanted; the answer is the name of the run. */
public final class Album extends Message<String> {

	private final String folder;
	private final boolean keep;
	private final Request request;

	/**
	 * @param folder receives the files
	 * @param keep whether it stays, so that what people read outside of ImageJ is written, too
	 */
	public Album(final String folder, final boolean keep, final Request request) {
		super("album");
		this.folder = folder;
		this.keep = keep;
		this.request = request;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("folder", folder);
		fields.put("keep", keep);
		fields.put("request", request.toMap());
	}

	@Override
	String read(final Fields reply) throws BackendException {
		return reply.text("run_id");
	}
}
