// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Conversations;
import similij.wire.PixelBuffer;
import similij.wire.Protocol;
import similij.wire.Release;
import similij.wire.UnheardException;

import ij.IJ;

import java.io.File;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.apposed.appose.Appose;
import org.apposed.appose.Environment;
import org.apposed.appose.Service;
import org.apposed.appose.Service.Task;

/**
 * Python in a process of its own, started once and kept warm. The only class, with {@link SharedPlanes}, that knows
 * Appose.
 * <p>
 * Appose looks for its parts through the thread's class loader, and its threads take that of the thread that starts them;
 * so everything here runs with the loader of this class. Its threads also become daemons if a daemon starts them, and
 * only then can a JVM end that forgot to close us.
 * </p>
 */
public final class WorkerBackend implements Backend {

	private static final String MAIN = "import appose.python_worker; appose.python_worker.main()";
	private static final String PULSE = "import similij.imagej.pulse\nsimilij.imagej.pulse.begin()\n";
	/** NumPy must be imported before the worker reads its input, or that hangs on Windows. */
	private static final String INIT = "import numpy\nimport similij.imagej.worker\n" + PULSE;
	private static final String SCRIPT = "from similij.imagej.worker import handle\nhandle(message)\n";
	/** In the environment that SimilIJ installs: there a package that is not there yet is waited for. */
	private static final String OWN_INIT = "import numpy\nimport similij.imagej.second_stage\n" + PULSE;
	private static final String OWN_SCRIPT = "from similij.imagej.second_stage import handle\nhandle(message, task)\n";
	/** What a task says that waits for a package; its name follows. */
	private static final String WAITING = "similij waits for ";
	/** Appose tells when a task ends; Esc and the worker's death have to be looked for. */
	private static final long POLL_MILLIS = 50;
	/** After Esc, how long a worker may take to finish what it does before it is killed. */
	private static final long GRACE_MILLIS = 2000;
	/** How long a worker whose input was closed may take to end by itself. */
	private static final long CLOSE_MILLIS = 1000;

	private final WorkerPython python;
	private volatile Service service;
	private volatile Pulse pulse;
	private final SharedPlanes memory = new SharedPlanes();
	/** Whether the memory is what an earlier worker looked at: its names are gone. */
	private boolean memoryIsOld;
	/** What the worker keeps from message to message. */
	private final Conversations conversations = new Conversations();
	/** Whether another worker is just being started. */
	private boolean starting;
	/** Whether it has ever answered: one that has not is no worker yet. */
	private boolean greeted;
	/** The packages that could wait; null in an environment that is not ours. */
	private final RestOfPackages rest;
	private final Thread closeWithImageJ = new Thread(this::endWithImageJ, "SimilIJ-close");

	WorkerBackend(final WorkerPython python) throws BackendException {
		this.python = python;
		rest = python.own() == null ? null : new RestOfPackages(python.own());
		IJ.showStatus("Image Similarity: starting Python...");
		inLoader(this::startService);
		Runtime.getRuntime().addShutdownHook(closeWithImageJ);
	}

	boolean runs(final WorkerPython other) {
		return python.equals(other);
	}

	boolean isAlive() {
		return service.isAlive();
	}

	@Override
	public String name() {
		return "a Python worker";
	}

	private Void startService() throws BackendException {
		pulse = new Pulse();
		try {
			service = start(python, pulse);
			return null;
		}
		catch (final BackendException e) {
			pulse.close();
			throw e;
		}
	}

	private static Service start(final WorkerPython python, final Pulse pulse) throws BackendException {
		try {
			final File executable = python.executable();
			// PYTHONSAFEPATH: else Python imports from the folder in which ImageJ runs, and a numpy.py there is NumPy.
			final Environment environment = Appose.custom().base(executable.getParentFile()).binPaths(executable.getParent())
				.env("PYTHONSAFEPATH", "1").env(Pulse.VARIABLE, pulse.name()).build();
			// Isolated where it is ours: packages of the user's own, or a PYTHONPATH, could hide the pinned ones.
			final Service service = environment.service(Collections.singletonList(executable.getName()), python.own() == null
				? new String[] { "-c", MAIN } : new String[] { "-I", "-c", MAIN });
			service.init(python.own() == null ? INIT : OWN_INIT);
			startAsDaemon(service);
			return service;
		}
		catch (final IOException | RuntimeException e) {
			throw new BackendException("SimilIJ could not start " + python + " (" + e.getMessage() +
				"): check that it runs in a terminal, or choose another with \"similij install <ImageJ or Fiji folder>\".", e
					.toString());
		}
	}

	private static void startAsDaemon(final Service service) throws IOException {
		final IOException[] failure = new IOException[1];
		final Thread starter = new Thread(() -> {
			try {
				service.start();
			}
			catch (final IOException e) {
				failure[0] = e;
			}
		}, "SimilIJ-start");
		starter.setDaemon(true);
		starter.start();
		try {
			starter.join();
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
			throw new IOException("interrupted", e);
		}
		if (failure[0] != null) throw failure[0];
	}

	@Override
	public synchronized Map<String, PixelBuffer> buffers(final Map<String, Long> bytes) throws BackendException {
		return inLoader(() -> {
			if (!service.isAlive() && greeted) startAnew();
			if (!memoryIsOld && memory.fits(bytes)) return memory.buffers(bytes.keySet());
			// Python removed the names of what it holds, so it can only let go of all and attach anew.
			if (!memoryIsOld && !memory.isEmpty()) new Release().ask(this);
			memoryIsOld = false;
			return memory.replace(bytes);
		});
	}

	@Override
	public synchronized Map<String, Object> call(final Map<String, Object> message) throws BackendException {
		return inLoader(() -> {
			try {
				return reply(message);
			}
			catch (final UnheardException e) {
				if (starting || !conversations.isNew(message)) throw new BackendException(e.getMessage(), e.details());
				// What travels with it is in memory that another worker cannot attach to: whoever fills it begins again.
				if (Conversations.hasPixels(message)) throw e;
				startAnew();
				return reply(message);
			}
		});
	}

	/** Another worker in the place of one that ended between two runs, of which nobody need know. */
	private void startAnew() throws BackendException {
		starting = true;
		try {
			endService();
			pulse.close();
			memoryIsOld = true;
			conversations.clear();
			greeted = false;
			startService();
			Protocol.handshake(this);
		}
		finally {
			starting = false;
		}
	}

	private Map<String, Object> reply(final Map<String, Object> message) throws BackendException {
		final AtomicBoolean begun = new AtomicBoolean();
		try {
			return reply(message, begun);
		}
		catch (final IOException e) {
			throw died(e.toString(), begun.get());
		}
	}

	private Map<String, Object> reply(final Map<String, Object> message, final AtomicBoolean begun)
		throws BackendException, IOException
	{
		if (!service.isAlive()) throw died(WorkerFailure.stderr(service), false);
		final Task task = service.task(python.own() == null ? SCRIPT : OWN_SCRIPT, Collections.<String, Object>singletonMap(
			"message", message));
		final CountDownLatch finished = new CountDownLatch(1);
		final AtomicBoolean waits = new AtomicBoolean();
		task.listen(event -> {
			if (event.responseType == Service.ResponseType.LAUNCH) begun.set(true);
			if (event.message != null && event.message.startsWith(WAITING)) waits.set(true);
			if (task.status.isFinished()) finished.countDown();
		});
		task.start();
		await(task, finished, waits, begun);
		switch (task.status) {
			case COMPLETE:
				greeted = true;
				final Map<String, Object> reply = new HashMap<>(task.outputs);
				conversations.note(message, reply);
				return reply;
			case FAILED:
				throw WorkerFailure.failed(python, task.error);
			default:
				throw died(task.error, begun.get());
		}
	}

	/**
	 * Waits without end, since a large image takes its time; Esc, the worker's death, and one that no longer works are
	 * noticed.
	 */
	private void await(final Task task, final CountDownLatch finished, final AtomicBoolean waits,
		final AtomicBoolean begun) throws BackendException
	{
		long escapedAt = 0;
		final Pulse.Watch watch = pulse.watch(greeted);
		try {
			while (!finished.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
				final long now = System.currentTimeMillis();
				// A task made just as the worker died is never told so by Appose.
				if (!service.isAlive() && !finished.await(GRACE_MILLIS, TimeUnit.MILLISECONDS)) throw died(WorkerFailure.stderr(
					service), begun.get());
				final Pulse.Finding finding = watch.look();
				if (finding != Pulse.Finding.WELL && finished.getCount() > 0) {
					final String report = WorkerFailure.stderr(service);
					endService();
					throw WorkerFailure.hangs(finding, report);
				}
				if (waits.getAndSet(false)) addPackages(task, finished);
				if (escapedAt == 0 && IJ.escapePressed()) {
					escapedAt = now;
					task.cancel();
				}
				if (escapedAt != 0 && now - escapedAt > GRACE_MILLIS) {
					endService();
					throw new CancelledException("Image Similarity: cancelled; the Python worker did not stop and was ended");
				}
			}
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
			throw new CancelledException("Image Similarity: interrupted");
		}
	}

	/** Installs what the task waits for: it goes on by itself once that is there. */
	private void addPackages(final Task task, final CountDownLatch finished) throws BackendException,
		InterruptedException
	{
		try {
			rest.finish();
		}
		catch (final BackendException e) {
			// It waits for what does not come: so it ends first, lest it speaks into the next message.
			task.cancel();
			if (!finished.await(GRACE_MILLIS, TimeUnit.MILLISECONDS)) endService();
			throw e;
		}
	}

	/** The sentence for a worker that is gone. Its memory goes after the run; the next one starts another. */
	private BackendException died(final String report, final boolean begun) {
		endService();
		if (!greeted) return WorkerFailure.didNotStart(python, report);
		final BackendException died = WorkerFailure.died(report);
		return begun ? died : new UnheardException(died);
	}

	/** Of a worker that is gone, frees the memory: not before, since the next plane may just be copied into it. */
	@Override
	public void afterRun() {
		if (!service.isAlive()) close();
		else if (rest != null) rest.begin();
	}

	/**
	 * Ends the worker and frees the memory. Harmless when repeated. A run that another thread is in the middle of ends
	 * first, with an error: memory must not vanish under the thread that writes into it.
	 */
	@Override
	public void close() {
		if (rest != null) rest.stop();
		endService();
		freeMemory();
		try {
			Runtime.getRuntime().removeShutdownHook(closeWithImageJ);
		}
		catch (final IllegalStateException e) {
			// The JVM is ending, and its hook does the same.
		}
	}

	private synchronized void freeMemory() {
		memory.close();
		pulse.close();
	}

	/** The same as ImageJ ends, but a run that does not end does not hold up ImageJ. */
	private void endWithImageJ() {
		endService();
		final Thread freeing = new Thread(this::freeMemory, "SimilIJ-free");
		freeing.setDaemon(true);
		freeing.start();
		try {
			freeing.join(CLOSE_MILLIS);
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	/** Gently, by closing its input; else by force. */
	private void endService() {
		if (!service.isAlive()) return;
		service.close();
		final long until = System.currentTimeMillis() + CLOSE_MILLIS;
		while (service.isAlive() && System.currentTimeMillis() < until)
			IJ.wait(10);
		if (service.isAlive()) service.kill();
	}

	/** Work that Appose has a part in. */
	private interface Work<T> {

		T run() throws BackendException;
	}

	private static <T> T inLoader(final Work<T> work) throws BackendException {
		final Thread thread = Thread.currentThread();
		final ClassLoader before = thread.getContextClassLoader();
		thread.setContextClassLoader(WorkerBackend.class.getClassLoader());
		try {
			return work.run();
		}
		catch (final LinkageError e) {
			throw Backends.lacksLibrary(e);
		}
		finally {
			thread.setContextClassLoader(before);
		}
	}
}
