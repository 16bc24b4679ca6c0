// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Map;

/** Whether a comparison could be made, asked before it is. */
public final class Check extends Message<String> {

	private final Request request;
	private final int groups;
	private final int regions;

	/**
	 * @param groups how many groups of planes there are
	 * @param regions how many rows each of them has
	 */
	public Check(final Request request, final int groups, final int regions) {
		super("check");
		this.request = request;
		this.groups = groups;
		this.regions = regions;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("request", request.toMap());
		fields.put("groups", groups);
		fields.put("regions", regions);
	}

	@Override
	String read(final Fields reply) throws BackendException {
		return reply.text("words");
	}
}
