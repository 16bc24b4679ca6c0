// Image_Similarity.ijm: how alike are two open images?
//
// Compares two images and returns "R,RMSD,MD":
//   R     Pearson's correlation, -1 to 1, 1 is most alike; NaN where an image is constant
//   RMSD  root of the mean squared difference, in gray values, 0 is identical
//   MD    mean of the absolute difference, in gray values, 0 is identical
//
// Parameter (optional): "title 1|title 2". Without it, the two images that are open are compared;
// where none are, two small ones are made, so that there is something to see.
//
// Needs SimilIJ in ImageJ (similij install). Runs with windows and headless:
//   IJ.runMacroFile("/path/to/Image_Similarity.ijm", "a.tif|b.tif")
//
// SPDX-License-Identifier: BSD-2-Clause

argument = getArgument();
if (argument != "") {
	titles = split(argument, "|");
	if (titles.length != 2)
		exit("Two titles are needed, as in \"a.tif|b.tif\"; found \"" + argument + "\".");
} else {
	if (nImages == 0) makeDemonstration();
	titles = openTitles();
}
values = imageSimilarity(titles[0], titles[1]);
answer = d2s(values[0], 9) + "," + d2s(values[1], 9) + "," + d2s(values[2], 9);
print(titles[0] + " and " + titles[1] + ": R,RMSD,MD = " + answer);
return answer;

// The three numbers of two open images, given by title (or by ID), as an array [R, RMSD, MD].
// The row with all that is known of the comparison stays in the Results table.
// Other keys go into the same string, e.g. " region=[Selection of image 1] rescale=Percentile".
function imageSimilarity(title1, title2) {
	run("Image Similarity...", "image_1=[" + title1 + "] image_2=[" + title2 + "]");
	row = nResults - 1;
	return newArray(getResult("Pearson R", row), getResult("RMSD", row), getResult("Mean Difference", row));
}

// IDs of the open images, in the order they were opened: titles need not differ.
function openTitles() {
	if (nImages < 2)
		exit("Only one image is open: open a second one to compare it with.");
	found = newArray(nImages);
	for (i = 0; i < nImages; i++) {
		selectImage(i + 1);
		found[i] = "" + getImageID();
	}
	return found;
}

// A ramp, and the same ramp 10 gray values brighter: R near 1, MD near 10.
function makeDemonstration() {
	newImage("ramp", "8-bit ramp", 128, 96, 1);
	newImage("ramp, brighter", "8-bit ramp", 128, 96, 1);
	run("Add...", "value=10");
}
