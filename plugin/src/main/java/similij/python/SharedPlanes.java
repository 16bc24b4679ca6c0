// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.BackendException;
import similij.wire.PixelBuffer;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

import org.apposed.appose.SharedMemory;

/**
 * The segments of shared memory that carry pixels to the worker, kept from run to run.
 * <p>
 * Python removes a segment's name as soon as it has attached to it, so that nothing is left behind whoever dies. Closing
 * here removes the name as well: that does nothing where it is gone, and cleans up where Python never came to it.
 * </p>
 */
public final class SharedPlanes {

	/** Where Linux keeps shared memory: a write beyond its space does not fail, it ends the process. */
	private static final File LINUX_SPACE = new File("/dev/shm");

	/** Characters that tell segments apart: names of some systems have 31 at most. */
	private static final int NAME_LENGTH = 20;

	private final Map<String, SharedMemory> segments = new HashMap<>();
	private final Map<String, PixelBuffer> buffers = new HashMap<>();

	synchronized boolean isEmpty() {
		return segments.isEmpty();
	}

	synchronized boolean fits(final Map<String, Long> bytes) {
		return bytes.entrySet().stream().allMatch(slot -> segments.containsKey(slot.getKey()) && segments.get(slot.getKey())
			.rsize() >= slot.getValue());
	}

	synchronized Map<String, PixelBuffer> buffers(final Collection<String> slots) {
		final Map<String, PixelBuffer> chosen = new LinkedHashMap<>();
		slots.forEach(slot -> chosen.put(slot, buffers.get(slot)));
		return chosen;
	}

	/** New segments for all slots. */
	synchronized Map<String, PixelBuffer> replace(final Map<String, Long> bytes) throws BackendException {
		close();
		long total = 0;
		for (final long size : bytes.values())
			total += PixelBuffer.arraySize(size);
		checkSpace(total);
		try {
			for (final Map.Entry<String, Long> slot : bytes.entrySet())
				create(slot.getKey(), PixelBuffer.arraySize(slot.getValue()));
		}
		catch (final RuntimeException e) {
			close();
			throw new BackendException("This computer gave no " + PixelBuffer.megabytes(total) + " of shared memory (" + e
				.getMessage() + "): compare a smaller selection, or close other programs.", e.toString());
		}
		return buffers(bytes.keySet());
	}

	private void create(final String slot, final int bytes) {
		final SharedMemory segment = segment(bytes);
		segments.put(slot, segment);
		buffers.put(slot, PixelBuffer.shared(segment.buf(0, bytes), segment.name()));
	}

	/**
	 * Memory that no other user of the computer can look at.
	 * <p>
	 * Appose asks the system for memory that all may read. On Linux it is a file, which is made here, for its owner only, and
	 * then attached to. Elsewhere the system's own default has to do: Windows gives it to the user alone.
	 * </p>
	 */
	static SharedMemory segment(final int bytes) {
		if (!LINUX_SPACE.isDirectory()) return SharedMemory.create(bytes);
		final String name = "psm_" + UUID.randomUUID().toString().replace("-", "").substring(0, NAME_LENGTH);
		final Path file = LINUX_SPACE.toPath().resolve(name);
		try {
			// Made anew: what has the name already is somebody else's.
			Files.createFile(file, PosixFilePermissions.asFileAttribute(EnumSet.of(PosixFilePermission.OWNER_READ,
				PosixFilePermission.OWNER_WRITE)));
		}
		catch (final IOException e) {
			throw new UncheckedIOException(e);
		}
		try (RandomAccessFile space = new RandomAccessFile(file.toFile(), "rw")) {
			space.setLength(bytes);
			final SharedMemory segment = SharedMemory.createOrAttach(name, false, bytes);
			segment.unlinkOnClose(true);
			return segment;
		}
		catch (final IOException e) {
			file.toFile().delete();
			throw new UncheckedIOException(e);
		}
		catch (final RuntimeException e) {
			file.toFile().delete();
			throw e;
		}
	}

	private static void checkSpace(final long bytes) throws BackendException {
		if (!LINUX_SPACE.isDirectory()) return;
		final long free = LINUX_SPACE.getUsableSpace();
		if (free < bytes) throw new BackendException("The pixels to compare take " + PixelBuffer.megabytes(bytes) + " and " +
			LINUX_SPACE + " has " + PixelBuffer.megabytes(free) +
			" left: compare a smaller selection, or enlarge it (in Docker: --shm-size).");
	}

	synchronized void close() {
		buffers.clear();
		segments.values().forEach(SharedMemory::close);
		segments.clear();
	}
}
