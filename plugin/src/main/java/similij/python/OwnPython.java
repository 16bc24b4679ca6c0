// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Inert;
import similij.wire.Protocol;

import ij.IJ;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The Python that SimilIJ installs where none is chosen: an environment in Appose's folder, made of the wheel in this jar
 * and the packages that are pinned beside it.
 * <p>
 * In two stages. The first number needs a fifth of what SimilIJ can use, so that is fetched first, and the rest while the
 * user looks at the number. A file that is written last says which stage is whole: a folder without it was left half
 * made by a computer that was switched off, and is made again.
 * </p>
 */
final class OwnPython {

	/** What is there. */
	enum Stage {
			NONE, FIRST, ALL
	}

	/** Its first line is the stage, which the worker reads, too; its second says of which packages. */
	private static final String STAMP = "similij.stage";
	/** Those for which all pinned packages have wheels; and the one to fetch where none of them is there. */
	private static final String VERSIONS = "cpython>=3.10,<3.15";
	private static final String FETCHED = "3.12";
	private static final String NO_PYTHON = "No interpreter found";
	private static final String WHEEL = "similij-" + Protocol.JAR + "-py3-none-any.whl";
	private static final String REQUIREMENTS = "requirements.txt";
	/** A line of the requirements: what follows can wait. */
	private static final String LATER = "# later";
	private static final String LOCK = "similij.lock";
	private static final long POLL_MILLIS = 200;
	/** How often a folder that a program has not yet let go of is tried to remove. */
	private static final int TRIES = 20;

	private final File root;
	private final File folder;

	/** @param root Appose's folder */
	OwnPython(final File root) {
		this.root = root;
		folder = new File(root, "similij-" + Protocol.JAR);
	}

	static OwnPython ofAppose() {
		return new OwnPython(Uv.root());
	}

	/** Whether this jar can install it: the one in the wheel for Python users has no wheel inside. */
	static boolean isCarried() {
		return OwnPython.class.getResource(WHEEL) != null;
	}

	File folder() {
		return folder;
	}

	File executable() {
		final File windows = new File(folder, "Scripts" + File.separator + "python.exe");
		return windows.isFile() ? windows : new File(folder, "bin" + File.separator + "python");
	}

	/** What is there now, made by this version of the jar. */
	Stage stage() {
		try {
			final List<String> lines = Files.readAllLines(stamp(folder), StandardCharsets.UTF_8);
			// The Python that it was made of may be gone: then its executable is a link to nowhere.
			if (lines.size() < 2 || !executable().isFile() || !lines.get(1).equals(fingerprint())) return Stage.NONE;
			return Stage.valueOf(lines.get(0));
		}
		catch (final IOException | IllegalArgumentException e) {
			return Stage.NONE;
		}
	}

	String inWords() {
		switch (stage()) {
			case ALL:
				return ", complete";
			case FIRST:
				return ", with what the numbers need; the rest is fetched with the first picture or table";
			default:
				return "";
		}
	}

	private static Path stamp(final File environment) {
		return new File(environment, STAMP).toPath();
	}

	/** Makes what is not there yet; another ImageJ that is at it is waited for. */
	void ensure(final Stage wanted, final Watcher watcher) throws BackendException {
		if (stage().compareTo(wanted) >= 0) return;
		final Uv uv = new Uv(watcher);
		try {
			if (!root.isDirectory() && !root.mkdirs()) throw new IOException("Permission denied: " + root);
			try (RandomAccessFile file = new RandomAccessFile(new File(root, LOCK), "rw"); FileLock lock = lock(file, watcher)) {
				if (stage() == Stage.NONE) makeFirst(uv);
				if (stage().compareTo(wanted) < 0) addRest(uv);
				removeOlder();
			}
		}
		catch (final IOException e) {
			throw InstallFailure.of(e, uv.output(), folder);
		}
	}

	private void makeFirst(final Uv uv) throws IOException, CancelledException {
		delete(folder);
		boolean whole = false;
		try {
			makeEnvironment(uv);
			final File wheel = write(WHEEL);
			final File first = write(REQUIREMENTS, requirements(Stage.FIRST));
			uv.install(executable(), "-r", first.getPath());
			// Without what it needs, since most of that can wait.
			uv.install(executable(), "--no-deps", wheel.getPath());
			Files.delete(wheel.toPath());
			Files.delete(first.toPath());
			write(STAMP, Stage.FIRST + "\n" + fingerprint() + "\n");
			whole = true;
		}
		finally {
			if (!whole) delete(folder);
		}
	}

	/** Whatever Python of these versions there is; else one is fetched. */
	private void makeEnvironment(final Uv uv) throws IOException, CancelledException {
		try {
			uv.makeEnvironment(folder, VERSIONS, false);
		}
		catch (final IOException e) {
			if (!uv.output().contains(NO_PYTHON)) throw e;
			delete(folder);
			uv.makeEnvironment(folder, FETCHED, true);
		}
	}

	/** The packages that could wait. Where this ends early, those that are there are whole, and the stamp says the first. */
	private void addRest(final Uv uv) throws IOException, CancelledException {
		final File all = write(REQUIREMENTS, requirements(Stage.ALL));
		try {
			uv.install(executable(), "-r", all.getPath());
		}
		finally {
			Files.deleteIfExists(all.toPath());
		}
		write(STAMP, Stage.ALL + "\n" + fingerprint() + "\n");
	}

	/** Environments of earlier versions of SimilIJ; of nobody else, and of no later one, which another ImageJ may have. */
	private void removeOlder() {
		final File[] others = root.listFiles(file -> file.getName().startsWith("similij-") && !file.equals(folder) && stamp(
			file).toFile().isFile());
		if (others == null) return;
		for (final File other : others) {
			if (compareVersions(other.getName().substring("similij-".length()), Protocol.JAR) >= 0) continue;
			try {
				delete(other);
			}
			catch (final IOException e) {
				// In use by an ImageJ that has not been restarted: it goes the next time.
				System.err.println(Inert.line("SimilIJ: the earlier environment stays: " + e));
			}
		}
	}

	static int compareVersions(final String one, final String other) {
		final int[] ones = numbers(one);
		final int[] others = numbers(other);
		for (int k = 0; k < Math.max(ones.length, others.length); k++) {
			final int order = Integer.compare(k < ones.length ? ones[k] : 0, k < others.length ? others[k] : 0);
			if (order != 0) return order;
		}
		return 0;
	}

	private static int[] numbers(final String version) {
		return Stream.of(version.split("\\D+")).filter(part -> !part.isEmpty()).mapToInt(Integer::parseInt).toArray();
	}

	/** Removes the environment, as if none had ever been made; uv, which others use, stays. */
	void remove(final Watcher watcher) throws BackendException {
		if (!folder.exists()) return;
		try (RandomAccessFile file = new RandomAccessFile(new File(root, LOCK), "rw"); FileLock lock = lock(file, watcher)) {
			delete(folder);
		}
		catch (final IOException e) {
			throw InstallFailure.of(e, "", folder);
		}
	}

	/** Waits for another ImageJ, of this user or another, that is at it now. The system lets go of it if that ImageJ dies. */
	private FileLock lock(final RandomAccessFile file, final Watcher watcher) throws IOException, CancelledException {
		while (true) {
			try {
				final FileLock lock = file.getChannel().tryLock();
				if (lock != null) return lock;
			}
			catch (final OverlappingFileLockException e) {
				// Another thread of this ImageJ is at it.
			}
			watcher.show("another ImageJ is installing it now, waiting for that", -1);
			if (watcher.isCancelled()) throw Uv.cancelled();
			IJ.wait((int) POLL_MILLIS);
		}
	}

	private File write(final String name, final String text) throws IOException {
		// Beside its place and then moved, so that a stamp is whole or not there.
		final Path part = new File(folder, name + ".part").toPath();
		Files.write(part, text.getBytes(StandardCharsets.UTF_8));
		return Files.move(part, folder.toPath().resolve(name), StandardCopyOption.REPLACE_EXISTING).toFile();
	}

	private File write(final String resource) throws IOException {
		final Path file = folder.toPath().resolve(resource);
		Files.write(file, bytes(resource));
		return file.toFile();
	}

	private static String requirements(final Stage stage) throws IOException {
		final String all = new String(bytes(REQUIREMENTS), StandardCharsets.UTF_8);
		return stage == Stage.ALL ? all : all.substring(0, all.indexOf(LATER));
	}

	/** What the environment is made of: other packages, or another wheel under the same version, make another one. */
	private static String fingerprint() throws IOException {
		return Fingerprint.OF_THIS_JAR == null ? Fingerprint.read() : Fingerprint.OF_THIS_JAR;
	}

	/**
	 * Read once, when it is first needed: the stage is asked for after each comparison and while a dialog is filled in, and
	 * to read and hash a wheel of 2.6 MB took 20 to 80 ms each time.
	 */
	private static final class Fingerprint {

		/** Null where it could not be read: then whoever needs it hears why. */
		private static final String OF_THIS_JAR = readOrNull();

		private static String readOrNull() {
			try {
				return read();
			}
			catch (final IOException e) {
				return null;
			}
		}

		private static String read() throws IOException {
			try {
				final MessageDigest digest = MessageDigest.getInstance("SHA-256");
				for (final String resource : Arrays.asList(WHEEL, REQUIREMENTS))
					digest.update(bytes(resource));
				final StringBuilder text = new StringBuilder();
				for (final byte one : digest.digest())
					text.append(String.format("%02x", one));
				return text.toString();
			}
			catch (final NoSuchAlgorithmException e) {
				throw new IllegalStateException(e); // every Java has it
			}
		}
	}

	private static byte[] bytes(final String resource) throws IOException {
		try (InputStream in = OwnPython.class.getResourceAsStream(resource)) {
			if (in == null) throw new FileNotFoundException(resource + " is not in SimilIJ's jar");
			final ByteArrayOutputStream out = new ByteArrayOutputStream();
			final byte[] buffer = new byte[1 << 16];
			for (int n = in.read(buffer); n >= 0; n = in.read(buffer))
				out.write(buffer, 0, n);
			return out.toByteArray();
		}
	}

	/** Deletes a folder with all that is in it; the stamp first, so that what is left of it after a failure is not used. */
	private static void delete(final File folder) throws IOException {
		Files.deleteIfExists(stamp(folder));
		for (int k = 1;; k++) {
			try {
				if (!folder.exists()) return;
				final List<Path> all;
				// Links are deleted, not followed: the interpreter is one, to a Python of others.
				try (Stream<Path> walk = Files.walk(folder.toPath())) {
					all = walk.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
				}
				for (final Path path : all)
					Files.deleteIfExists(path);
				return;
			}
			catch (final IOException e) {
				// On Windows a program that has just ended keeps its files for a moment.
				if (k == TRIES) throw e;
				IJ.wait((int) POLL_MILLIS);
			}
		}
	}
}
