// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.UUID;

/**
 * Writes a file whole or not at all, and replaces nothing but a file: the rule of {@code similij.ground.writing}, for the
 * one kind of file that ImageJ writes itself.
 */
public final class WholeFile {

	private WholeFile() {}

	/**
	 * Writes beside the file, where nobody can have laid a link, and gives it the name then.
	 *
	 * @throws IOException if the name is that of a link, a device, a pipe or a folder, or the disk is full; the message says
	 *           why and does not name the file
	 */
	public static void write(final Path file, final byte[] content) throws IOException {
		final Set<PosixFilePermission> before = permissions(file);
		final Path part = file.resolveSibling(".similij-" + UUID.randomUUID());
		try {
			try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
				if (before != null) Files.setPosixFilePermissions(part, before);
				final ByteBuffer left = ByteBuffer.wrap(content);
				while (left.hasRemaining())
					channel.write(left);
				channel.force(true);
			}
			permissions(file);
			Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
		}
		catch (final FileSystemException e) {
			throw new IOException(e.getReason() == null ? e.getClass().getSimpleName() : e.getReason(), e);
		}
		finally {
			Files.deleteIfExists(part);
		}
	}

	/** Those of a file that is there; null where there is none, or none that we know. */
	private static Set<PosixFilePermission> permissions(final Path file) throws IOException {
		final BasicFileAttributes about;
		try {
			about = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
		}
		catch (final NoSuchFileException e) {
			return null;
		}
		if (about.isSymbolicLink()) throw new IOException("it is a symbolic link, to \"" + Files.readSymbolicLink(file) +
			"\"");
		if (about.isDirectory()) throw new IOException("it is a folder");
		if (!about.isRegularFile()) throw new IOException("it is a device, a pipe or a socket, and no file");
		if (!Files.isWritable(file)) throw new IOException("it is protected against writing");
		try {
			return Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
		}
		catch (final UnsupportedOperationException e) {
			return null; // Windows
		}
	}
}
