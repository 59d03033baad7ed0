package koker.bench;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.it.Docker;
import koker.it.ImageFolder;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Ends;
import koker.kernel.Kernel;

/**
 * How koker compares with what else is there: medians of many runs, as a ratio, next to the ratio that it should not
 * exceed. Absolute times say more about the machine than about koker. A peer that is not installed is left out.
 */
public final class Bench {
    private static final int TURNS = 8;
    private static final int RUNS = 5;
    private static final int IMAGES = 200;

    private final Path koker;
    private final Path folder;

    /** A comparison: koker may take {@code limit} times as long as the other. */
    record Row(String what, List<String> prepare, List<String> ours, String than, List<String> other, double limit) {
        /** One that needs nothing to be done before each of our runs. */
        Row(String what, List<String> ours, String than, List<String> other, double limit) {
            this(what, List.of(), ours, than, other, limit);
        }
    }

    private Bench(Path koker, Path folder) {
        this.koker = koker;
        this.folder = folder;
    }

    /** Takes the path of the executable. Ends with 1 where something is over its limit. */
    public static void main(String[] args) throws IOException, InterruptedException {
        var folder = Files.createTempDirectory("koker-bench");
        var bench = new Bench(Path.of(args[0]).toAbsolutePath(), folder);
        boolean kept;
        if (Docker.isThere()) {
            var runtime = Files.createSymbolicLink(folder.resolve("koker-oci"), bench.koker);
            try (var docker = Docker.start(folder.resolve("docker"), "--add-runtime=koker=" + runtime)) {
                kept = bench.run(System.out, Optional.of(docker));
            }
        } else {
            kept = bench.run(System.out, Optional.empty());
        }
        new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
        System.exit(kept ? 0 : 1);
    }

    private boolean run(PrintStream out, Optional<Docker> docker) throws IOException, InterruptedException {
        var root = folder.resolve("koker");
        var podman = Podman.in(folder.resolve("podman"), images());
        out.printf("%-34s %8s  %-34s %8s %6s %6s%n", "koker", "ms", "compared with", "ms", "ratio", "limit");
        var kept = compare(out, folder, rows(root, podman, docker));
        kept &= limits(out, root);
        kept &= lens(out, root);
        kept &= waitingChild(out);
        kept &= ManyContainers.compare(out, koker, root, podman);
        removeContainers(root);
        if (podman.isPresent()) {
            podman.get().removeAll();
        }
        kept &= new PullBench(koker, folder).run(out);
        return kept & NetworkBench.runApart(koker, folder, images());
    }

    /** Prints a line for each of {@code rows}, and returns whether koker kept within its limits. */
    static boolean compare(PrintStream out, Path folder, List<Row> rows) throws IOException, InterruptedException {
        var kept = true;
        for (var row : rows) {
            var medians = medians(folder, row.prepare(), row.ours(), row.other());
            var ratio = medians.getFirst() / medians.getLast();
            out.printf(
                    "%-34s %8.1f  %-34s %8.1f %6.2f %6.2f%s%n",
                    row.what(),
                    medians.getFirst() * 1000,
                    row.than(),
                    medians.getLast() * 1000,
                    ratio,
                    row.limit(),
                    ratio > row.limit() ? "  OVER" : "");
            kept &= ratio <= row.limit();
        }
        return kept;
    }

    /** Prints by how much {@code more} takes longer than {@code less}, and returns whether that is at most {@code limit} milliseconds. */
    static boolean costs(
            PrintStream out, Path folder, String what, List<String> more, String than, List<String> less, double limit)
            throws IOException, InterruptedException {
        var medians = medians(folder, more, less);
        var cost = (medians.getFirst() - medians.getLast()) * 1000;
        out.printf("%-34s %8.1f ms over %s, limit %.0f%s%n", what, cost, than, limit, cost > limit ? "  OVER" : "");
        return cost <= limit;
    }

    /** What limits cost: each is a file that is written. */
    private boolean limits(PrintStream out, Path root) throws IOException, InterruptedException {
        var run = List.of(koker.toString(), "--root", root.toString(), "-q", "run", "--rm", "--network", "none");
        var limits = List.of(
                "--memory=64m",
                "--memory-swap=96m",
                "--memory-reservation=32m",
                "--cpus=1",
                "--cpu-shares=512",
                "--cpuset-cpus=0",
                "--cpuset-mems=0",
                "--pids-limit=100");
        var limited = new ArrayList<>(run);
        limited.addAll(limits);
        return costs(
                out,
                folder,
                limits.size() + " limits",
                words(limited, "busybox", "true"),
                "none",
                words(run, "busybox", "true"),
                10);
    }

    /** What it costs to show each call. */
    private boolean lens(PrintStream out, Path root) throws IOException, InterruptedException {
        var run = List.of("run", "--rm", "--network", "none", "busybox", "true");
        var quiet = List.of(koker.toString(), "--root", root.toString());
        var shown = List.of(koker.toString(), "--root", root.toString(), "-D");
        return costs(
                out,
                folder,
                "-D",
                words(shown, run.toArray(String[]::new)),
                "the story alone",
                words(quiet, run.toArray(String[]::new)),
                15);
    }

    /** What a process costs that waits for koker: one that has given back all memory but its program's, as an init does. */
    private static boolean waitingChild(PrintStream out) throws IOException, InterruptedException {
        var kernel = new Kernel(_ -> {});
        var pipe = new Ends();
        kernel.call(Calls.pipe(pipe));
        var program = new ArrayList<Call>(Calls.shedMemory("child"));
        program.add(Calls.read(pipe.first(), new byte[1]));
        program.add(Calls.exit(0));
        var child = kernel.start(Calls.fork(), program);
        while (!child.begun(program.size() - 2)) {
            Thread.sleep(1);
        }
        var resident = Files.readAllLines(Path.of("/proc/" + child.pid() + "/smaps_rollup")).stream()
                .filter(line -> line.startsWith("Rss:"))
                .mapToInt(line -> Integer.parseInt(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
        kernel.call(Calls.write(pipe.second(), "."));
        kernel.call(Calls.waitid(child.pid(), new byte[128]));
        var limit = 64;
        out.printf(
                "%n%-34s %5d kB, limit %d kB%s%n",
                "a child that waits, resident", resident, limit, resident > limit ? "  OVER" : "");
        return resident <= limit;
    }

    private List<Row> rows(Path root, Optional<Podman> podman, Optional<Docker> docker)
            throws IOException, InterruptedException {
        var run = List.of(koker.toString(), "-q", "run", "--rm", "--network", "none", "busybox", "true");
        var rows = new ArrayList<Row>();
        var version = List.of(koker.toString(), "--version");
        rows.add(new Row("--version", version, "java, println alone", println(), 3));
        rows.add(new Row("image ls, " + IMAGES + " images", listing(), "--version", version, 1.5));
        runc().ifPresent(runc ->
                rows.add(new Row("-q run --rm --network none busybox true", run, "runc run, same root", runc, 4)));
        rows.addAll(runtime(version));
        if (docker.isPresent()) {
            var archive = folder.resolve("busybox.tar");
            succeed(koker.toString(), "save", "-o", archive.toString(), "busybox");
            docker.get().run("load", "-i", archive);
            var theirs = docker.get().words("run", "--rm", "--network", "none", "busybox", "true");
            rows.add(new Row(
                    "-q run --rm --network none busybox true", run, "docker run --rm --network none", theirs, 0.5));
            var over = docker.get().words("run", "--rm", "--network", "none", "--runtime=koker", "busybox", "true");
            rows.add(new Row("docker run, over koker", over, "docker run, over runc", theirs, 1.8));
        }
        if (podman.isPresent()) {
            var ours = List.of(koker.toString(), "--root", root.toString(), "-q");
            succeed(words(ours, "run", "-d", "--network", "none", "--name", "bench", "busybox", "sleep", "1000"));
            succeed(podman.get().start("bench"));
            var exec = words(ours, "exec", "bench", "true");
            rows.add(new Row(
                    "-q exec NAME true", exec, "podman exec", podman.get().command("exec", "bench", "true"), 1));
        }
        return rows;
    }

    /** koker as the runtime of engines. */
    private List<Row> runtime(List<String> version) throws IOException, InterruptedException {
        var runc = runc();
        if (runc.isEmpty()) {
            return List.of();
        }
        var bundle = folder.resolve("bundle").toString();
        var oci =
                List.of(koker.toString(), "oci", "--root", folder.resolve("oci").toString());
        // Without a trace of the one before; what is created waits, and its streams are nobody's.
        var words = String.join(" ", oci);
        var made =
                words + " delete --force b; " + words + " create --bundle " + bundle + " b </dev/null >/dev/null 2>&1";
        var started = made + "; " + words + " start b";
        var ended = started + "; " + words + " kill b KILL; until " + words + " state b | grep -q stopped; do :; done";
        return List.of(
                new Row(
                        "oci run true",
                        words(oci, "run", "--bundle", bundle, "r"),
                        "runc run, same root",
                        runc.get(),
                        3),
                new Row("oci start", script(made), words(oci, "start", "b"), "--version", version, 1.2),
                new Row("oci state", script(started), words(oci, "state", "b"), "--version", version, 1.2),
                new Row("oci kill", script(made), words(oci, "kill", "b", "KILL"), "--version", version, 1.2),
                new Row("oci delete", script(ended), words(oci, "delete", "b"), "--version", version, 1.2));
    }

    private static List<String> script(String text) {
        return List.of("sh", "-c", "'" + text + "'");
    }

    private List<String> listing() throws IOException, InterruptedException {
        var root = folder.resolve("root");
        succeed(koker.toString(), "--root", root.toString(), "-q", "run", "--network", "none", "busybox", "true");
        var images = new ImageFolder(root.resolve("images"));
        for (var i = 1; i < IMAGES; i++) {
            images.add("image" + i, Map.of("Labels", Map.of("number", Integer.toString(i))));
        }
        return List.of(koker.toString(), "--root", root.toString(), "image", "ls");
    }

    private void removeContainers(Path root) throws IOException, InterruptedException {
        var ids = root.resolve("containers").toFile().list();
        if (ids != null && ids.length > 0) {
            succeed(words(List.of(koker.toString(), "--root", root.toString(), "rm", "-f"), ids));
        }
    }

    /** The least that Java can do, with the runtime and the flags that koker has. */
    private List<String> println() throws IOException, InterruptedException {
        var source = Files.writeString(folder.resolve("Bare.java"), """
                final class Bare {
                    public static void main(String[] args) {
                        System.out.println("koker");
                    }
                }
                """);
        var javac = Path.of(System.getProperty("java.home"), "bin/javac").toString();
        succeed(javac, "-d", folder.toString(), source.toString());
        // The launcher's last words to the system, with another program in koker's place.
        succeed(koker.toString(), "--version");
        var launcher = folder.resolve("println");
        var words = commandLine();
        words.set(words.indexOf("-cp") + 1, words.get(words.indexOf("-cp") + 1) + ":" + folder);
        words = words.subList(0, words.indexOf("koker.Main"));
        words.add("Bare");
        Files.writeString(launcher, "exec " + String.join(" ", words) + "\n");
        return List.of("sh", launcher.toString());
    }

    private List<String> commandLine() throws IOException, InterruptedException {
        var trace = folder.resolve("trace");
        succeed(
                "strace",
                "-qq",
                "-s",
                "9999",
                "-v",
                "-e",
                "trace=execve",
                "-o",
                trace.toString(),
                koker.toString(),
                "--version");
        var exec = Files.readAllLines(trace).stream()
                .filter(line -> line.contains("/jre/bin/java\", [") && line.endsWith("= 0"))
                .findFirst()
                .orElseThrow();
        var list = exec.substring(exec.indexOf('[') + 2, exec.indexOf("\"], ["));
        return new ArrayList<>(List.of(list.split("\", \"")));
    }

    /** The same command in the same files, by a runtime in Go and C that is given everything ready. */
    private Optional<List<String>> runc() throws IOException, InterruptedException {
        if (!isThere("runc", "--version") || !isThere("umoci", "--version")) {
            return Optional.empty();
        }
        var bundle = folder.resolve("bundle");
        var command = List.of("runc", "run", "--bundle", bundle.toString(), "koker-bench");
        if (Files.exists(bundle)) {
            return Optional.of(command);
        }
        succeed("umoci", "unpack", "--image", images() + ":docker.io/library/busybox:latest", bundle.toString());
        var config = bundle.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replaceFirst("\"terminal\": *true", "\"terminal\": false")
                        .replaceFirst("(\"args\": *\\[)[^]]*]", "$1\"true\"]"));
        return Optional.of(command);
    }

    /** The image layout that comes with koker. */
    private Path images() throws IOException, InterruptedException {
        succeed(koker.toString(), "--version"); // unpacks it
        var home = "-Dkoker.home=";
        var word = commandLine().stream().filter(each -> each.startsWith(home)).findFirst();
        return Path.of(word.orElseThrow().substring(home.length()), "images");
    }

    /** In seconds, ours and the other's: they take turns of a few runs, so that what slows the machine for a while slows both. */
    static List<Double> medians(Path folder, List<String> ours, List<String> other)
            throws IOException, InterruptedException {
        return medians(folder, List.of(), ours, other);
    }

    /** The same, with something done before each of our runs. */
    private static List<Double> medians(Path folder, List<String> prepare, List<String> ours, List<String> other)
            throws IOException, InterruptedException {
        var results = folder.resolve("results.json");
        var words = new ArrayList<>(List.of(
                "hyperfine",
                "--shell=none",
                "--show-output", // for the error, if one fails
                "--warmup=1",
                "--runs=" + RUNS,
                "--export-json=" + results));
        if (!prepare.isEmpty()) {
            words.addAll(List.of("--prepare", String.join(" ", prepare), "--prepare", "true"));
        }
        words.addAll(List.of(String.join(" ", ours), String.join(" ", other)));
        var times = List.of(new ArrayList<Double>(), new ArrayList<Double>());
        for (var turn = 0; turn < TURNS; turn++) {
            succeed(words);
            var commands = JsonParser.parseString(Files.readString(results))
                    .getAsJsonObject()
                    .getAsJsonArray("results");
            for (var i = 0; i < times.size(); i++) {
                var runs = commands.get(i).getAsJsonObject().getAsJsonArray("times");
                for (var seconds : runs) {
                    times.get(i).add(seconds.getAsDouble());
                }
            }
        }
        return times.stream().map(Bench::median).toList();
    }

    static double median(List<Double> numbers) {
        return numbers.stream().sorted().toList().get(numbers.size() / 2);
    }

    /** The words of a command, and more of them. */
    static List<String> words(List<String> words, String... more) {
        var all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return all;
    }

    static boolean isThere(String... command) throws InterruptedException {
        try {
            return run(ProcessBuilder.Redirect.DISCARD, command) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    static void succeed(List<String> command) throws IOException, InterruptedException {
        succeed(command.toArray(String[]::new));
    }

    static void succeed(String... command) throws IOException, InterruptedException {
        // Not a pipe: a container that stays would keep that open.
        var said = Files.createTempFile("koker-bench", ".said");
        try {
            if (run(ProcessBuilder.Redirect.to(said.toFile()), command) != 0) {
                throw new IOException("failed: " + String.join(" ", command) + "; it said:\n" + Files.readString(said));
            }
        } finally {
            Files.delete(said);
        }
    }

    private static int run(ProcessBuilder.Redirect output, String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start()
                .waitFor();
    }
}
