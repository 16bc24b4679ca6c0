// Compare_Channels.ijm: how alike are two channels of an image? (the colocalization case)
//
// Adds a row to the Results table for each pair of channels and each plane, or one for all planes pooled; prints R
// of each pair, and its range if there are several rows. Returns the R of each row, as "0.71,0.69,0.70".
//
// Parameter (optional): "image|channels|planes|save|more options"
//   image         its title or ID; default: the current image
//   channels      pairs, e.g. 1:2 (default) or 1:2, 1:3; all: each with each
//   planes        All planes (default), pooled into one row; Each plane; Current plane; or axes with a row for each
//                 place, e.g. t: the slices of each frame are pooled
//   save          a folder that receives the rows as similarity.csv
//   more options  of "Image Similarity...", e.g. "roi_file=[cells.zip]" or "pictures=[scatter]"
// What is left out takes its default. Where no image is open, a small one is made, so that there is something to
// see.
//
// Background counts: where both channels are dark, they are alike, and R of the whole image is high. Compare the
// cells. R does not see gain and offset, so channels of two brightnesses do not matter; RMSD and MD do see them.
//
// Needs SimilIJ in ImageJ (similij install). Runs with windows and headless. In a macro, with the test
// set (similij testset --out /data), in which channel 2 is half channel 1 and half a texture of its own:
//   open("/data/series/movie_a.tif");
//   r = runMacro("SimilIJ/Compare_Channels.ijm", "movie_a.tif|1:2|z,t");
//
// SPDX-License-Identifier: BSD-2-Clause

parts = split(getArgument(), "(\\|)"); // as a regular expression, which keeps empty parts
if (nImages == 0) makeDemonstration();

image = part(parts, 0, "" + getImageID());
channels = part(parts, 1, "1:2");
planes = part(parts, 2, "All planes");
folder = part(parts, 3, "");
more = part(parts, 4, "");
options = "" + named("image_1", image) + named("channels", channels) + named("save", folder) + more;
if (endsWith(planes, "plane") || endsWith(planes, "planes"))
	options += " " + named("stack", planes);
else
	options += " " + named("per", planes);
before = nResults;
run("Image Similarity...", options);

answer = "";
pairs = newArray(0);
for (row = before; row < nResults; row++) {
	if (row > before) answer += ",";
	answer += d2s(getResult("Pearson R", row), 9);
	pair = pairOf(row);
	if (isNaN(getResult("Pearson R", row)))
		print(pair + ", " + where(row) + ": no R, " + getResultString("Note", row));
	else if (!contains(pairs, pair))
		pairs = Array.concat(pairs, pair);
}
for (i = 0; i < pairs.length; i++)
	tellRange(pairs[i], before);
return answer;

// R of a pair of channels; of several rows the lowest and the highest, and where they are.
function tellRange(pair, before) {
	count = 0;
	for (row = before; row < nResults; row++) {
		r = getResult("Pearson R", row);
		here = pairOf(row);
		if (here == pair && !isNaN(r)) {
			if (count == 0) {
				low = row;
				high = row;
			}
			if (r < getResult("Pearson R", low)) low = row;
			if (r > getResult("Pearson R", high)) high = row;
			count++;
		}
	}
	text = pair + ": R " + d2s(getResult("Pearson R", low), 3);
	if (count > 1)
		text += " (" + where(low) + ") to " + d2s(getResult("Pearson R", high), 3) + " (" + where(high) + ")";
	print(text);
}

function pairOf(row) {
	return "Channels " + getResult("Channel 1", row) + " and " + getResult("Channel 2", row);
}

function where(row) {
	return getResultString("Region", row) + ", " + getResultString("Plane", row);
}

function contains(names, name) {
	for (k = 0; k < names.length; k++)
		if (names[k] == name) return true;
	return false;
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

// Two channels, three slices: a square in each, of which half, three quarters and all is in both.
function makeDemonstration() {
	newImage("two channels", "8-bit black grayscale-mode", 96, 64, 2, 3, 1);
	for (z = 1; z <= 3; z++) {
		Stack.setPosition(1, z, 1);
		setColor(200);
		fillRect(16, 16, 32, 32);
		Stack.setPosition(2, z, 1);
		setColor(100);
		fillRect(40 - 8 * z, 16, 32, 32);
	}
	Stack.setPosition(1, 1, 1);
}
