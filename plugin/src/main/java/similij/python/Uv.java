// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.CancelledException;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.apposed.appose.Appose;
import org.apposed.appose.builder.UvBuilder;
import org.apposed.appose.util.Environments;

/**
 * Installs packages with uv, the installer that Appose fetches, and tells a {@link Watcher} of it.
 * <p>
 * Appose makes the environment itself: it knows where uv comes from and how it is called. Packages are installed here,
 * since Appose can neither install one without what that needs, nor end uv before it has gone on for as long as it
 * likes.
 * </p>
 */
final class Uv {

	private static final Pattern BEGUN = Pattern.compile("\\s*Downloading (\\S+).*\\(([\\d.]+)\\s*([KMG]i?B|B)\\)\\s*");
	private static final Pattern ENDED = Pattern.compile("\\s*Downloaded (\\S+).*");
	private static final double MIB = 1024 * 1024;
	private static final long POLL_MILLIS = 100;
	/** Names in a line for the user; more of them nobody reads. */
	private static final int NAMED = 3;
	/** Seconds that are not worth a word. */
	private static final int SHORT = 5;

	private final Watcher watcher;
	private final Map<String, Double> megabytes = new LinkedHashMap<>();
	private final List<String> fetched = new ArrayList<>();
	private final StringBuffer output = new StringBuffer();
	private volatile String doing = "looking for Python";
	private long firstMillis;
	private boolean systemCertificates;

	Uv(final Watcher watcher) {
		this.watcher = watcher;
	}

	/** All that uv and Appose said: what a failure is explained by. */
	String output() {
		return output.toString();
	}

	/**
	 * Lets Appose fetch uv, if it is not there, and make an empty environment.
	 *
	 * @param python which versions uv may take
	 * @param fetch whether it may fetch one
	 */
	void makeEnvironment(final File folder, final String python, final boolean fetch) throws IOException,
		CancelledException
	{
		final UvBuilder builder = Appose.uv().python(python).base(folder).env(proxies()).subscribeError(this::line)
			.subscribeOutput(this::line).subscribeProgress((title, current, maximum) -> doing = maximum > 0 ? "fetching uv (" +
				inWords(current / MIB) + " of " + inWords(maximum / MIB) + ")" : "fetching uv");
		if (!fetch) builder.env("UV_PYTHON_DOWNLOADS", "never");
		final Throwable[] failure = new Throwable[1];
		// A group, since Appose ends uv in a thread of its own: only once that is over, nobody writes into the folder.
		final ThreadGroup group = new ThreadGroup("SimilIJ-install");
		final Thread thread = new Thread(group, () -> {
			try {
				builder.build();
			}
			catch (final IOException | RuntimeException e) {
				failure[0] = e;
			}
		}, "SimilIJ-install");
		thread.setDaemon(true);
		thread.setContextClassLoader(Uv.class.getClassLoader());
		thread.start();
		boolean cancelled = false;
		while (thread.isAlive() || group.activeCount() > 0) {
			tell();
			if (!cancelled && (watcher.isCancelled() || Thread.currentThread().isInterrupted())) {
				cancelled = true;
				thread.interrupt();
			}
			pause(thread);
		}
		if (cancelled) throw cancelled();
		if (failure[0] != null) {
			output.append(failure[0]).append('\n').append(failure[0].getCause() == null ? "" : failure[0].getCause() + "\n");
			throw new IOException(failure[0].getMessage(), failure[0]);
		}
	}

	/** Installs packages. Where it is cancelled, uv is gone when this returns. */
	void install(final File python, final String... packages) throws IOException, CancelledException {
		try {
			run(python, packages);
		}
		catch (final IOException e) {
			// A proxy that reads along has a certificate of its own, which the system knows and uv by itself does not.
			if (systemCertificates || !output().contains("certificate")) throw e;
			systemCertificates = true;
			run(python, packages);
		}
	}

	private void run(final File python, final String... packages) throws IOException, CancelledException {
		doing = "asking for the list of packages";
		final List<String> command = new ArrayList<>(Arrays.asList(executable().getPath(), "pip", "install", "--python", python
			.getPath()));
		command.addAll(Arrays.asList(packages));
		// In Appose's folder: uv takes options of a pyproject.toml that lies where it runs, and ImageJ may run anywhere.
		final ProcessBuilder builder = new ProcessBuilder(command).directory(root()).redirectErrorStream(true);
		builder.environment().putAll(proxies());
		if (systemCertificates) {
			// The second is what uv called it before.
			builder.environment().put("UV_SYSTEM_CERTS", "true");
			builder.environment().put("UV_NATIVE_TLS", "true");
		}
		final Process process = builder.start();
		process.getOutputStream().close();
		final Thread endWithImageJ = new Thread(process::destroyForcibly);
		Runtime.getRuntime().addShutdownHook(endWithImageJ);
		final Thread reading = new Thread(() -> read(process, this::line), "SimilIJ-uv");
		reading.setDaemon(true);
		reading.start();
		try {
			while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
				tell();
				if (watcher.isCancelled()) throw cancelled();
			}
			reading.join();
			if (process.exitValue() != 0) throw new IOException("uv ended with exit code " + process.exitValue());
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
			throw cancelled();
		}
		finally {
			end(process);
			try {
				Runtime.getRuntime().removeShutdownHook(endWithImageJ);
			}
			catch (final IllegalStateException e) {
				// ImageJ is ending, and the hook does the same.
			}
		}
	}

	private static void end(final Process process) {
		process.destroyForcibly();
		try {
			process.waitFor();
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	static CancelledException cancelled() {
		return new CancelledException("Image Similarity: cancelled while Python was installed; the next use begins again");
	}

	/** Appose's folder, where uv and all environments are. */
	static File root() {
		return new File(Environments.apposeEnvsDir()).getAbsoluteFile();
	}

	private static File executable() {
		final File folder = new File(root(), ".uv" + File.separator + "bin");
		final File windows = new File(folder, "uv.exe");
		return windows.isFile() ? windows : new File(folder, "uv");
	}

	/** ImageJ's own proxy (<i>Edit ▸ Options ▸ Proxy Settings...</i>), for a uv that is told of none. */
	private static Map<String, String> proxies() {
		final Map<String, String> variables = new LinkedHashMap<>();
		final Map<String, String> given = System.getenv();
		for (final String kind : new String[] { "https", "http" }) {
			final String host = System.getProperty(kind + ".proxyHost");
			final boolean known = Arrays.asList("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy").stream().anyMatch(
				given::containsKey);
			if (host != null && !host.isEmpty() && !known) variables.putIfAbsent("HTTPS_PROXY", "http://" + host + ":" + System
				.getProperty(kind + ".proxyPort", "80"));
		}
		return variables;
	}

	private static void read(final Process process, final Consumer<String> lines) {
		try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(),
			StandardCharsets.UTF_8)))
		{
			for (String line = reader.readLine(); line != null; line = reader.readLine())
				lines.accept(line);
		}
		catch (final IOException e) {
			// It was ended, and nobody waits for what it would have said.
		}
	}

	private synchronized void line(final String text) {
		output.append(text.trim()).append('\n');
		final Matcher begun = BEGUN.matcher(text);
		final Matcher ended = ENDED.matcher(text);
		if (begun.matches()) {
			if (megabytes.isEmpty()) firstMillis = System.currentTimeMillis();
			megabytes.put(begun.group(1), inMebibytes(begun.group(2), begun.group(3)));
		}
		else if (ended.matches()) fetched.add(ended.group(1));
		else if (text.startsWith("Prepared")) doing = "copying what was fetched";
		else if (text.startsWith("Resolved")) doing = "fetching packages";
	}

	private synchronized void tell() {
		final List<String> open = megabytes.keySet().stream().filter(name -> !fetched.contains(name)).collect(Collectors
			.toList());
		final double all = megabytes.values().stream().mapToDouble(Double::doubleValue).sum();
		final double done = fetched.stream().mapToDouble(name -> megabytes.getOrDefault(name, 0.0)).sum();
		if (open.isEmpty()) watcher.show(doing, megabytes.isEmpty() ? -1 : 1);
		else watcher.show("fetching " + open.stream().limit(NAMED).map(name -> name + " " + inWords(megabytes.get(name)))
			.collect(Collectors.joining(", ")) + (open.size() > NAMED ? ", ..." : "") + " (" + inWords(done) + " of " + inWords(
				all) + " are here" + left(done, all) + ")", done / all);
	}

	/** How long it takes still, where the packages that are here already tell how fast it goes. */
	private String left(final double done, final double all) {
		if (done <= 0) return "";
		final double seconds = (System.currentTimeMillis() - firstMillis) / 1000.0;
		final long left = Math.round(seconds * (all - done) / done);
		return left > SHORT ? ", about " + (left < 100 ? left + " s" : left / 60 + " min") + " left" : "";
	}

	private static double inMebibytes(final String number, final String unit) {
		final double value = Double.parseDouble(number);
		switch (unit.charAt(0)) {
			case 'G':
				return value * 1024;
			case 'M':
				return value;
			case 'K':
				return value / 1024;
			default:
				return value / MIB;
		}
	}

	private static String inWords(final double megabytes) {
		return megabytes < 1 ? "under 1 MB" : Math.round(megabytes) + " MB";
	}

	private static void pause(final Thread thread) {
		try {
			if (thread.isAlive()) thread.join(POLL_MILLIS);
			else Thread.sleep(POLL_MILLIS);
		}
		catch (final InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}
}
