// Compare_Regions.ijm: how alike are two images, region by region, and where are they least alike?
//
// Adds a row to the Results table for each region, and prints the least similar one, which has the lowest R; and
// the regions that have no R, with the reason. Returns the least similar one as "region|R|RMSD|MD", or "" if none
// has an R.
//
// Parameter (optional): "image 1|image 2|regions|save|more options"
//   image 1, image 2  titles or IDs; default: the two images that are open
//   regions           the path of a .roi file or a zip of them; Overlay (default) of image 1; ROI Manager;
//                     Selection of image 1, Selection of image 2, Both selections; Whole image; anything else is
//                     a label image, by its title, ID or path, with a row for each label
//   save              a folder that receives the rows as similarity.csv
//   more options      of "Image Similarity...", e.g. "rescale=Percentile" or "inverse", which adds the background
// What is left out takes its default. Where no image is open, two small ones are made, so that there is something
// to see.
//
// Needs SimilIJ in ImageJ (similij install). Runs with windows and headless. In a macro, with the test
// set (similij testset --out /data):
//   open("/data/set_a/img3__a_test.tif");
//   open("/data/set_b/img3__b_test.tif");
//   worst = runMacro("SimilIJ/Compare_Regions.ijm",
//       "img3__a_test.tif|img3__b_test.tif|/data/set_a/img3__a_test_roi.zip||rescale=Percentile");
//
// SPDX-License-Identifier: BSD-2-Clause

parts = split(getArgument(), "(\\|)"); // as a regular expression, which keeps empty parts
if (nImages == 0) makeDemonstration();

image1 = part(parts, 0, "");
image2 = part(parts, 1, "");
regions = part(parts, 2, "Overlay");
folder = part(parts, 3, "");
more = part(parts, 4, "");
options = "" + named("image_1", image1) + named("image_2", image2) + regionsFrom(regions) + named("save", folder) + more;
before = nResults;
run("Image Similarity...", options);

lowest = 2; // more than any R
worst = -1;
for (row = before; row < nResults; row++) {
	r = getResult("Pearson R", row);
	name = getResultString("Region", row);
	if (isNaN(r))
		print(name + ": no R, " + getResultString("Note", row));
	else if (name != "background" && r < lowest) { // of noise, and so the least similar nearly always
		lowest = r;
		worst = row;
	}
}
if (worst < 0) {
	print("No region has an R.");
	return "";
}
name = getResultString("Region", worst);
print("Least similar of " + (nResults - before) + " rows: " + name + ", R " + d2s(lowest, 3));
return name + "|" + d2s(lowest, 9) + "|" + d2s(getResult("RMSD", worst), 9) + "|" +
	d2s(getResult("Mean Difference", worst), 9);

// The keys that say where regions come from: a file, one of the command's own sources, or a label image.
function regionsFrom(source) {
	file = toLowerCase(source);
	if (endsWith(file, ".zip") || endsWith(file, ".roi")) return "" + named("roi_file", source);
	known = newArray("Whole image", "Selection of image 1", "Selection of image 2", "Both selections", "ROI Manager",
		"Overlay");
	for (i = 0; i < known.length; i++)
		if (source == known[i]) return "" + named("region", source);
	return "" + named("labels", source);
}

// A key with its value, or nothing. (Text of a function is added to text, "" at least: ImageJ expects a number else.)
function named(key, value) {
	if (value == "") return "";
	return key + "=[" + value + "] ";
}

// A part of the parameter, counted from 0; what is left out is the default.
function part(parts, k, otherwise) {
	if (k >= parts.length) return otherwise;
	if (parts[k] == "") return otherwise;
	return parts[k];
}

// A ramp, and the same ramp mirrored within one of the three regions of its overlay: R is 1, 1 and -1.
function makeDemonstration() {
	newImage("ramp", "8-bit ramp", 128, 96, 1);
	names = newArray("left", "middle", "right");
	for (i = 0; i < 3; i++) {
		makeRectangle(10 + 39 * i, 10, 30, 76);
		Roi.setName(names[i]);
		Overlay.addSelection;
	}
	run("Select None");
	newImage("ramp, partly mirrored", "8-bit ramp", 128, 96, 1);
	makeRectangle(88, 10, 30, 76);
	run("Flip Horizontally");
	run("Select None");
}
