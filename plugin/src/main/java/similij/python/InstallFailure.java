// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.BackendException;

import java.io.File;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From what a failed installation left behind to the sentence that tells the user what to do. */
final class InstallFailure {

	/** In the words of uv, of Java and of systems; in the language of the system they are numbers only. */
	private static final Pattern FULL = Pattern.compile("No space left|os error 28\\b|not enough space|os error 112\\b|" +
		"Disk quota|os error 122\\b", Pattern.CASE_INSENSITIVE);
	private static final Pattern OFFLINE = Pattern.compile("error sending request|dns error|failed to lookup|Failed to fetch|" +
		"Could not connect|Connection refused|timed out|UnknownHost|NoRouteToHost|ConnectException|SocketTimeout|" +
		"Unable to connect|network was disabled|tunnel|certificate|SSLHandshake|Error downloading|network connectivity|SocketException",
		Pattern.CASE_INSENSITIVE);
	private static final Pattern DENIED = Pattern.compile("Permission denied|os error 13\\b|Access is denied|os error 5\\b|" +
		"AccessDenied|Read-only file system|os error 30\\b", Pattern.CASE_INSENSITIVE);
	private static final Pattern REASON = Pattern.compile("(?m)^(?:error: |. |├─▶ |╰─▶ |Caused by: |cause: )(.+)$");
	/** In quotes of whatever kind, or bare up to a blank. */
	private static final Pattern PATH = Pattern.compile("(?<=[`\"'])((?:/|[A-Za-z]:\\\\)[^`\"'\\n]+)(?=[`\"'])|(?<= )/[^ :\\n]+");
	private static final String ELSE = " or name a Python that has the package similij, with \"similij install <ImageJ or " +
		"Fiji folder>\" or the environment variable " + WorkerPython.VARIABLE + ".";

	private InstallFailure() {}

	/**
	 * @param output what the installer said
	 * @param folder where it was to be
	 */
	static BackendException of(final Exception failure, final String output, final File folder) {
		final String report = output + "\n" + failure;
		final String sentence;
		if (FULL.matcher(report).find()) sentence = "The disk of \"" + place(output, folder) +
			"\" is full, so Python could not be installed: free 1 GB there and run the command again," + ELSE;
		else if (DENIED.matcher(report).find()) sentence = "ImageJ may not write to \"" + folder +
			"\", where Python would be installed: allow it, or start ImageJ as a user who may, and run the command again;" +
			ELSE;
		else if (OFFLINE.matcher(report).find()) sentence = "Python could not be fetched, which is needed once (" + reason(
			report) + "): connect this computer to the internet, or set the proxy in Edit > Options > Proxy Settings, " +
			"and run the command again;" + ELSE;
		else sentence = "Python could not be installed (" + reason(report) +
			"; the Console has the details, Window > Console): run the command again," + ELSE;
		return new BackendException(sentence, report);
	}

	/**
	 * The folder itself, unless the report names only another: uv keeps what it fetches elsewhere. Only paths beside the
	 * reason count: before it uv says which Python it uses.
	 */
	private static String place(final String output, final File folder) {
		final Matcher full = FULL.matcher(output);
		if (output.contains(folder.getParent()) || !full.find()) return folder.getPath();
		final String before = output.substring(0, full.start());
		final int line = before.lastIndexOf('\n', before.lastIndexOf('\n') - 1);
		final Matcher path = PATH.matcher(before.substring(line + 1));
		String place = folder.getPath();
		while (path.find())
			if (!path.group().contains("/bin/python")) place = path.group();
		return place;
	}

	/** The last reason that uv gives: the first ones only say what it was about. */
	private static String reason(final String report) {
		final Matcher line = REASON.matcher(report);
		String last = null;
		while (line.find())
			last = line.group(1).trim();
		if (last == null) {
			final String[] lines = report.trim().split("\n");
			last = lines[lines.length - 1].trim();
		}
		// No address: it says nothing to who reads this, and may name a server of theirs.
		return last.replaceAll("\\(?\\b[a-z]+://\\S+", "").replaceAll("[`(): ]+$", "").trim();
	}
}
