package koker.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Many detached containers, started one after another, listed, stopped and removed: what that takes, and what those cost that look after them. */
final class ManyContainers {
    private static final int COUNT = 200;
    private static final double TIME = 1.3;
    private static final double MEMORY = 1.0 / 6;
    /** What the last quarter may take, beside the first. */
    private static final double GROWTH = 1.3;
    /** What a list of them may take, beside --version. */
    private static final double LIST = 1.5;

    private static final int PAIRS = 25;

    private ManyContainers() {}

    /** What an engine took: milliseconds for the first and the last quarter of the starts, all starts, all ends; kilobytes. */
    private record Cost(double first, double last, double starts, double list, double ends, long memory) {}

    /** Measures koker beside podman, and returns whether it kept within its limits. */
    static boolean compare(PrintStream out, Path koker, Path root, Optional<Podman> podman)
            throws IOException, InterruptedException {
        var words = List.of(koker.toString(), "--root", root.toString(), "-q");
        var ours = measure(
                name -> Bench.words(
                        words, "run", "-d", "--network", "none", "--name", name, "busybox", "sleep", "1000"),
                Bench.words(words, "ps"),
                List.of(koker.toString(), "--version"),
                Bench.words(words, "stop", "-t", "0"),
                Bench.words(words, "rm"),
                ManyContainers::isSupervisor);
        show(out, "koker", ours);
        var listed = limit(out, "list beside --version", ours.list(), LIST);
        var kept = listed & limit(out, "last quarter beside the first", ours.last() / ours.first(), GROWTH);
        if (podman.isEmpty()) {
            return kept;
        }
        var theirs = measure(
                podman.get()::start,
                podman.get().command("ps"),
                podman.get().command("--version"),
                podman.get().command("stop", "-t", "0"),
                podman.get().command("rm"),
                podman.get()::looksAfter);
        show(out, "podman", theirs);
        var time = (ours.starts() + ours.ends()) / (theirs.starts() + theirs.ends());
        kept &= limit(out, "time", time, TIME);
        return kept & limit(out, "memory", (double) ours.memory() / theirs.memory(), MEMORY);
    }

    private static Cost measure(
            Function<String, List<String>> start,
            List<String> list,
            List<String> version,
            List<String> stop,
            List<String> remove,
            Predicate<Path> isWatcher)
            throws IOException, InterruptedException {
        var before = memory(isWatcher);
        var names = IntStream.range(0, COUNT).mapToObj(i -> "many" + i).toArray(String[]::new);
        var starts = new ArrayList<Double>();
        for (var name : names) {
            starts.add(time(start.apply(name)));
        }
        var memory = memory(isWatcher) - before;
        var lists = new ArrayList<Double>();
        var versions = new ArrayList<Double>();
        for (var i = 0; i < PAIRS; i++) {
            lists.add(time(list));
            versions.add(time(version));
        }
        var ends = time(Bench.words(stop, names)) + time(Bench.words(remove, names));
        return new Cost(
                sum(starts.subList(0, COUNT / 4)),
                sum(starts.subList(COUNT - COUNT / 4, COUNT)),
                sum(starts),
                Bench.median(lists) / Bench.median(versions),
                ends,
                memory);
    }

    private static void show(PrintStream out, String engine, Cost cost) {
        out.printf(
                "%n%-8s %d containers: started in %.1f s, stopped and removed in %.1f s; looked after in %d kB",
                engine, COUNT, cost.starts() / 1000, cost.ends() / 1000, cost.memory());
    }

    private static boolean limit(PrintStream out, String what, double ratio, double limit) {
        out.printf("%n%-34s %.2f, limit %.2f%s%n", what, ratio, limit, ratio > limit ? "  OVER" : "");
        return ratio <= limit;
    }

    private static boolean isSupervisor(Path process) {
        try {
            return Files.readString(process.resolve("comm")).startsWith("koker-");
        } catch (IOException e) {
            return false;
        }
    }

    /** The kilobytes of all processes that look after containers, shared pages divided. */
    private static long memory(Predicate<Path> isWatcher) throws IOException {
        var sum = 0L;
        for (var pid : Path.of("/proc").toFile().list()) {
            var process = Path.of("/proc", pid);
            if (pid.matches("[0-9]+") && isWatcher.test(process)) {
                sum += Files.readAllLines(process.resolve("smaps_rollup")).stream()
                        .filter(line -> line.startsWith("Pss:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .sum();
            }
        }
        return sum;
    }

    private static double time(List<String> command) throws IOException, InterruptedException {
        var before = System.nanoTime();
        Bench.succeed(command);
        return (System.nanoTime() - before) / 1e6;
    }

    private static double sum(List<Double> numbers) {
        return numbers.stream().mapToDouble(Double::doubleValue).sum();
    }
}
