// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.wire.BackendException;

import ij.IJ;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where files pass from Python to ImageJ, and none stays, however ImageJ ends.
 * <p>
 * All lie in one folder of this ImageJ. Beside it lies a file that this ImageJ holds a lock of as long as it lives, which
 * the system takes away when it is killed: so the next ImageJ knows which folders nobody needs any more, and another that
 * runs is left alone. No number of a process would do: the system gives it to another one.
 * </p>
 */
public final class PassingFolder {

	private static final String PREFIX = "similij-imagej-";
	private static final String LOCK = ".lock";
	/** Kept as a property of ImageJ: <i>Refresh Menus</i> loads this class anew, and the lock must not go with the old one. */
	private static final String PROPERTY = "similij.passing";
	private static final String REMOVED = "similij.passing.removed";

	private PassingFolder() {}

	/** A new folder, empty, in that of this ImageJ. */
	static File make() throws BackendException {
		try {
			return Files.createTempDirectory(ours(), "run-").toFile();
		}
		catch (final IOException e) {
			throw new BackendException("The pictures need a passing folder, and none could be made (" + e.getMessage() +
				"): give save=[folder].", e.toString());
		}
	}

	/** A new file in it. */
	static File makeFile(final String ending) throws IOException {
		return Files.createTempFile(ours(), "", ending).toFile();
	}

	private static Path ours() throws IOException {
		// One at a time, also where these classes were loaded twice.
		synchronized (IJ.class) {
			final Object kept = IJ.getProperty(PROPERTY);
			if (kept instanceof Object[] && Files.isDirectory((Path) ((Object[]) kept)[0])) return (Path) ((Object[]) kept)[0];
			final Object[] made = create(temporary());
			IJ.setProperty(PROPERTY, made);
			return (Path) made[0];
		}
	}

	/** The folder and its lock. First the lock: a folder without one is nobody's to remove. */
	private static Object[] create(final Path temporary) throws IOException {
		while (true) {
			final Path file = Files.createTempFile(temporary, PREFIX, LOCK);
			final FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
			final FileLock lock = channel.tryLock();
			// Another ImageJ that just looks for folders that were left may have taken it for one, and removed it.
			if (lock == null || !Files.exists(file)) {
				channel.close();
				continue;
			}
			final Path folder = folderOf(file);
			try {
				Files.createDirectory(folder, forUs(folder));
			}
			catch (final FileAlreadyExistsException e) {
				Files.delete(file);
				channel.close();
				continue;
			}
			// In the other order: what is noted first goes last, and the lock after the folder.
			file.toFile().deleteOnExit();
			folder.toFile().deleteOnExit();
			return new Object[] { folder, lock };
		}
	}

	/** Others must not look into it. Windows has folders of users, and no such permissions. */
	private static FileAttribute<?>[] forUs(final Path folder) {
		if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) return new FileAttribute<?>[0];
		return new FileAttribute<?>[] { PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")) };
	}

	private static Path folderOf(final Path lock) {
		final String name = lock.getFileName().toString();
		return lock.resolveSibling(name.substring(0, name.length() - LOCK.length()));
	}

	/** Removes, once, the folders of ImageJs that were killed, in a thread of its own: nobody waits for that. */
	public static void removeLeft() {
		synchronized (IJ.class) {
			if (IJ.getProperty(REMOVED) != null) return;
			IJ.setProperty(REMOVED, true);
		}
		final Thread thread = new Thread(() -> removeLeft(temporary()), "SimilIJ-tidy");
		thread.setDaemon(true);
		thread.start();
	}

	private static Path temporary() {
		return Paths.get(System.getProperty("java.io.tmpdir"));
	}

	/** What cannot be removed stays. */
	static void removeLeft(final Path temporary) {
		try (DirectoryStream<Path> locks = Files.newDirectoryStream(temporary, PREFIX + "*" + LOCK)) {
			for (final Path lock : locks)
				removeIfLeft(lock);
		}
		catch (final IOException | RuntimeException e) {
			System.err.println("SimilIJ: passing folders of earlier runs could not be looked for: " + e);
		}
	}

	private static void removeIfLeft(final Path file) {
		// Anybody may lay a link or a pipe there, which must be neither opened nor followed.
		if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) return;
		try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
			FileLock lock = channel.tryLock())
		{
			if (lock == null || !isOurs(file)) return;
			final Path folder = folderOf(file);
			if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) remove(folder);
			Files.delete(file);
		}
		catch (final OverlappingFileLockException | IOException e) {
			// It is this ImageJ's own, or another user's.
		}
	}

	/** What another user lays there is not looked into: it could change while it is removed. */
	private static boolean isOurs(final Path file) throws IOException {
		return !file.getFileSystem().supportedFileAttributeViews().contains("posix") || Files.getOwner(file,
			LinkOption.NOFOLLOW_LINKS).getName().equals(System.getProperty("user.name"));
	}

	/** Links in it are removed, and not followed. */
	private static void remove(final Path folder) throws IOException {
		Files.walkFileTree(folder, new SimpleFileVisitor<Path>() {

			@Override
			public FileVisitResult visitFile(final Path file, final BasicFileAttributes about) throws IOException {
				Files.delete(file);
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult postVisitDirectory(final Path inner, final IOException e) throws IOException {
				Files.delete(inner);
				return FileVisitResult.CONTINUE;
			}
		});
	}
}
