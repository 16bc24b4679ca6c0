// Compare_Time_Series.ijm: how alike are the frames of a movie, or of two movies, over time?
//
// Compares each frame with the first or the previous one, or two movies frame by frame. Adds a row to the Results
// table for each frame (and region); prints the trend of R, and when R falls below a share of its first value;
// plots R over time. Slices are pooled. Returns the R of each row, as "0.93,0.84,0.75".
//
// Parameter (optional): "movie|against|channel|share|save|more options"
//   movie         its title or ID; default: the current image
//   against       first frame (default), previous frame, or the title or ID of a second movie
//   channel       1, 2, ..., or a pair such as 1:2; default: the one that is shown
//   share         default 0.5: half of what R was at first
//   save          a folder that receives the rows as similarity.csv, and the plot as R_over_time.png
//   more options  of "Image Similarity...", e.g. "roi_file=[cells.zip]": a curve for each region
// What is left out takes its default. Where no image is open, a small movie is made, so that there is something to
// see.
//
// R falls when things move, not when all bleach alike; RMSD rises with both. An ROI stays where it is while cells
// drift. So register the movie first, unless its drift is what you are after.
//
// Needs SimilIJ in ImageJ (similij install). Runs with windows and headless. In a macro, with the test
// set (similij testset --out /data), in which three cells drift and one is stuck:
//   open("/data/series/movie_a.tif");
//   r = runMacro("SimilIJ/Compare_Time_Series.ijm",
//       "movie_a.tif|first frame|1|0.5||roi_file=[/data/series/movie_a_roi.zip]");
//
// SPDX-License-Identifier: BSD-2-Clause

parts = split(getArgument(), "(\\|)"); // as a regular expression, which keeps empty parts
if (nImages == 0) makeDemonstration();
shown = getImageID();

movie = part(parts, 0, "" + shown);
against = part(parts, 1, "first frame");
channel = part(parts, 2, "");
if (channel != "" && indexOf(channel, ":") < 0) channel = channel + ":" + channel;
share = part(parts, 3, "0.5");
if (isNaN(parseFloat(share))) exit("The share is a number such as 0.5; found \"" + share + "\".");
folder = part(parts, 4, "");
more = part(parts, 5, "");
options = "" + named("image_1", movie) + "per=t " + named("channels", channel) + named("save", folder) + more;
if (against == "first frame" || against == "previous frame")
	options += " " + named("against", against);
else
	options += " " + named("image_2", against);
before = nResults;
run("Image Similarity...", options);

answer = "";
regions = newArray(0);
for (row = before; row < nResults; row++) {
	if (row > before) answer += ",";
	answer += d2s(getResult("Pearson R", row), 9);
	name = getResultString("Region", row);
	if (!contains(regions, name)) regions = Array.concat(regions, name);
}
axis = "Time (s)";
if (isNaN(getResult(axis, before))) axis = "T"; // the image does not know its frame interval
colors = newArray("blue", "red", "orange", "magenta", "green", "cyan", "black");
lowest = 0;
Plot.create("R over time", axis, "Pearson R");
for (i = 0; i < regions.length; i++) {
	times = column(axis, regions[i], before);
	values = column("Pearson R", regions[i], before);
	if (values.length > 0) {
		tellTrend(regions[i], axis, times, values, parseFloat(share));
		color = colors[i % colors.length];
		Plot.setColor(color, color); // of the circles, and of the line
		Plot.add("connected circles", times, values, regions[i]);
		Array.getStatistics(values, least);
		lowest = minOf(lowest, floor(10 * least) / 10);
	}
}
Plot.setLimits(NaN, NaN, lowest, 1); // R alone, not what happens to be there, makes a curve steep
Plot.setColor("black");
Plot.addLegend("");
Plot.show();
if (folder != "") saveAs("PNG", folder + File.separator + "R_over_time.png");
selectImage(shown); // and not the plot
return answer;

// What a column has for the rows of a region that have an R.
function column(heading, region, before) {
	found = newArray(0);
	for (row = before; row < nResults; row++)
		if (getResultString("Region", row) == region && !isNaN(getResult("Pearson R", row)))
			found = Array.concat(found, getResult(heading, row));
	return found;
}

// How R changes, by a straight line, and when it first is below a share of its first value.
function tellTrend(region, axis, times, values, share) {
	last = values.length - 1;
	text = region + ": R " + d2s(values[0], 3) + " to " + d2s(values[last], 3);
	if (last > 0) {
		Fit.doFit("Straight Line", times, values);
		text += ", " + d2s(Fit.p(1), 6) + " per unit of " + axis;
	}
	for (k = 1; k <= last; k++) {
		if (values[k] < share * values[0]) {
			print(text + ", below " + share + " of its first value at " + axis + " " + times[k]);
			return;
		}
	}
	print(text + ", never below " + share + " of its first value");
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

// A square that moves by 4 pixels a frame, and fades.
function makeDemonstration() {
	newImage("movie", "8-bit black grayscale-mode", 96, 64, 1, 1, 5);
	for (t = 0; t < 5; t++) {
		setSlice(t + 1);
		setColor(240 - 40 * t);
		fillRect(16 + 4 * t, 16, 32, 32);
	}
	setSlice(1);
}
