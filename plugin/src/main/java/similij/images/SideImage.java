// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import similij.wire.ImageInfo;

import ij.ImagePlus;

import java.util.stream.IntStream;

/**
 * An image beside the two that are compared: labels or a mask. One plane of it serves all planes of image 1; of a stack
 * each plane goes with the one at its place.
 */
public final class SideImage {

	private static final int[] AXES = { 0, 1, 2 };

	final ImagePlus image;
	private final String name;

	public SideImage(final ImagePlus image, final String name) {
		this.image = image;
		this.name = name;
	}

	/** Whether its pixels can be sent. Where not, Python is told what there is and answers why. */
	public boolean fits(final ImagePlus image1) {
		final int[] ours = Planes.sizes(image);
		final int[] theirs = Planes.sizes(image1);
		return image.getBitDepth() != 24 && image.getWidth() == image1.getWidth() && image.getHeight() == image1
			.getHeight() && IntStream.of(AXES).allMatch(axis -> ours[axis] == 1 || ours[axis] == theirs[axis]);
	}

	/** Its planes that go with those of image 1; a single one where it is the same for all. */
	public Planes planes(final ImagePlus image1, final int[] indices) {
		final int[] sizes = Planes.sizes(image);
		final int[] own = IntStream.of(indices).map(index -> {
			final int[] place = image1.convertIndexToPosition(index);
			for (final int axis : AXES)
				if (sizes[axis] == 1) place[axis] = 1;
			return image.getStackIndex(place[0], place[1], place[2]);
		}).toArray();
		final boolean same = IntStream.of(own).distinct().count() == 1;
		return Planes.at(image, same ? new int[] { own[0] } : own);
	}

	/** As Python is told of it. */
	public ImageInfo info(final int planes) {
		return ImageFacts.of(image, name, planes);
	}
}
