// Compare_Two_Folders.ijm: how alike are the images of two folders, cell by cell?
//
// Pairs the images of two folders by what their names show (equal names; all before "__"; one word in which they
// differ), and compares each pair: the regions of the first image's ROI zip (cell01.tif: cell01_roi.zip) one by one,
// else the whole image.
// What cannot be compared becomes a row with the reason, and nothing stops the run but Esc.
// Returns the number of rows that it added to the Results table.
//
// Parameter (optional): "folder 1|folder 2|rescale|save"
//   rescale  None (default), or Percentile: each image, within each region, from its 1st and 99th percentile
//            to 0...1 before RMSD and MD
//   save     a CSV file that receives each row as it comes
// What is left out at the end takes its default. Without a parameter a dialog asks, where there are windows.
//
// Needs SimilIJ in ImageJ (similij install). Runs with windows and headless:
//   IJ.runMacroFile("/path/to/Compare_Two_Folders.ijm", "/data/A|/data/B|Percentile|/data/results.csv")
//
// SPDX-License-Identifier: BSD-2-Clause

before = nResults;
argument = getArgument();
if (argument == "") {
	run("Image Similarity of Two Folders...");
} else {
	parts = split(argument, "|");
	if (parts.length < 2)
		exit("Two folders are needed, as in \"/data/A|/data/B\"; found \"" + argument + "\".");
	options = "folder_1=[" + parts[0] + "] folder_2=[" + parts[1] + "]";
	if (parts.length > 2) options += " rescale=" + parts[2];
	if (parts.length > 3) options += " save=[" + parts[3] + "]";
	run("Image Similarity of Two Folders...", options);
}
return "" + (nResults - before);
