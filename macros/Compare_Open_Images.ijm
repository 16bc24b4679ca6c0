// Compare_Open_Images.ijm: how alike are the open images, each with each?
//
// Adds one row to the Results table for each pair of open images of the same size and depth; the others are
// named in the Log, and RGB images too, unless the parameter says how to compare them (color=Luminance or color=Channels). Returns the number of pairs that it compared.
//
// Parameter (optional): more options of "Image Similarity...", e.g. "stack=[All planes] rescale=Percentile".
// Where no image is open, three small ones are made, so that there is something to see.
//
// Needs SimilIJ in ImageJ (similij install). Runs with windows and headless:
//   IJ.runMacroFile("/path/to/Compare_Open_Images.ijm", "rescale=Percentile")
//
// SPDX-License-Identifier: BSD-2-Clause

options = getArgument();
byLuminance = matches(toLowerCase(options), ".*color=.?luminance.*");
byChannels = matches(toLowerCase(options), ".*color=.?channels.*");
if (nImages == 0) makeDemonstration();

// IDs, because titles need not differ.
ids = newArray(nImages);
for (i = 0; i < ids.length; i++) {
	selectImage(i + 1);
	ids[i] = getImageID();
}

compared = 0;
for (i = 0; i < ids.length; i++) {
	for (j = i + 1; j < ids.length; j++) {
		if (canBeCompared(ids[i], ids[j], byLuminance, byChannels)) {
			run("Image Similarity...", "image_1=[" + ids[i] + "] image_2=[" + ids[j] + "] " + options);
			compared++;
		}
	}
}
return "" + compared;

function canBeCompared(id1, id2, byLuminance, byChannels) {
	selectImage(id1);
	title = getTitle();
	width = getWidth();
	height = getHeight();
	planes = nSlices;
	rgb = bitDepth() == 24;
	selectImage(id2);
	rgb2 = bitDepth() == 24;
	if ((rgb || rgb2) && !byLuminance && !byChannels) {
		print("Not compared: \"" + title + "\" and \"" + getTitle() + "\": an RGB image. Give the parameter color=Luminance or " +
			"color=Channels.");
		return false;
	}
	if (rgb != rgb2 && byChannels) {
		print("Not compared: \"" + title + "\" and \"" + getTitle() + "\": one is an RGB image, the other is not. Give the " +
			"parameter color=Luminance.");
		return false;
	}
	if (width == getWidth() && height == getHeight() && planes == nSlices) return true;
	print("Not compared: \"" + title + "\" is " + width + "x" + height + "x" + planes + ", \"" + getTitle() + "\" is " +
		getWidth() + "x" + getHeight() + "x" + nSlices + ".");
	return false;
}

// A ramp, the same ramp brighter, and the same ramp mirrored: R near 1, and -1.
function makeDemonstration() {
	newImage("ramp", "8-bit ramp", 128, 96, 1);
	newImage("ramp, brighter", "8-bit ramp", 128, 96, 1);
	run("Add...", "value=10");
	newImage("ramp, mirrored", "8-bit ramp", 128, 96, 1);
	run("Flip Horizontally");
}
