package koker.bench;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.it.Docker;

/**
 * What networks cost: wiring a container, beside one that has none and beside other engines; the way through a published port; and many
 * containers in one network. All of it happens in a network namespace of the bench's own, which leads nowhere.
 */
final class NetworkBench {
    private static final int COUNT = 200;
    /** How many starts around the 10th and the last one are looked at. */
    private static final int WINDOW = 11;

    private static final double GROWTH = 1.3;
    private static final double OTHERS = 0.5;
    private static final double RATE = 0.95;
    /** Many short ones, as one differs from the next by 15 %. */
    private static final int PAIRS = 15;

    private static final int SECONDS = 1;

    /** Milliseconds that a network may take, with each kind of firewall. */
    private static final List<Firewall> FIREWALLS = List.of(new Firewall("iptables", 60), new Firewall("nftables", 25));

    private record Firewall(String kind, double limit) {}

    private final Path folder;
    private final Path images;
    private final List<String> words;

    private NetworkBench(Path koker, Path folder, Path images) {
        this.folder = folder;
        this.images = images;
        this.words =
                List.of(koker.toString(), "--root", folder.resolve("networked").toString(), "-q");
    }

    /** Runs the bench as a process with namespaces of its own; what is below /var/lib/cni and /run/koker is its own, too. */
    static boolean runApart(Path koker, Path folder, Path images) throws IOException, InterruptedException {
        var java = ProcessHandle.current().info().command().orElseThrow();
        var apart = "ip link set lo up && mkdir -p /var/lib/cni /run/koker && mount -t tmpfs tmpfs /var/lib/cni"
                + " && mount -t tmpfs tmpfs /run/koker && exec \"$@\"";
        return new ProcessBuilder(
                                "unshare",
                                "--net",
                                "--mount",
                                "sh",
                                "-c",
                                apart,
                                "sh",
                                java,
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NetworkBench.class.getName(),
                                koker.toString(),
                                folder.toString(),
                                images.toString())
                        .inheritIO()
                        .start()
                        .waitFor()
                == 0;
    }

    /** Takes the path of the executable, a folder for all that is made, and the layout that comes with koker. Ends with 1 where something is over its limit. */
    public static void main(String[] args) throws IOException, InterruptedException {
        var bench = new NetworkBench(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]));
        System.exit(bench.run(System.out) ? 0 : 1);
    }

    private boolean run(PrintStream out) throws IOException, InterruptedException {
        out.println();
        var kept = wiring(out);
        kept &= beside(out);
        kept &= throughPort(out);
        return kept & many(out);
    }

    /** What a network costs, over none. */
    private boolean wiring(PrintStream out) throws IOException, InterruptedException {
        var kept = true;
        for (var firewall : FIREWALLS) {
            var wired = koker("run", "--rm", "--firewall", firewall.kind(), "busybox", "true");
            if (!Bench.isThere(wired.toArray(String[]::new))) {
                continue; // it is not installed
            }
            kept &= Bench.costs(
                    out,
                    folder,
                    "a network, with " + firewall.kind(),
                    wired,
                    "--network none",
                    koker("run", "--rm", "--network", "none", "busybox", "true"),
                    firewall.limit());
        }
        return kept;
    }

    private boolean beside(PrintStream out) throws IOException, InterruptedException {
        var ours = koker("run", "--rm", "busybox", "true");
        var kept = true;
        if (Docker.isThere()) {
            try (var docker = Docker.connected(folder.resolve("docker-connected"))) {
                var archive = folder.resolve("busybox-connected.tar");
                Bench.succeed(koker("save", "-o", archive.toString(), "busybox"));
                docker.run("load", "-i", archive);
                kept &= compare(out, ours, "docker run --rm", docker.words("run", "--rm", "busybox", "true"));
            }
        }
        var podman = Podman.in(folder.resolve("net"), images); // podman takes no path of more than 50 characters
        if (podman.isPresent()) {
            var theirs = podman.get()
                    .command(
                            "run",
                            "--rm",
                            "--ulimit=nofile=1024:1024",
                            "--ulimit=nproc=1024:1024",
                            Podman.IMAGE,
                            "true");
            kept &= compare(out, ours, "podman run --rm", theirs);
            podman.get().removeAll();
        }
        return kept;
    }

    private boolean compare(PrintStream out, List<String> ours, String than, List<String> theirs)
            throws IOException, InterruptedException {
        return Bench.compare(
                out, folder, List.of(new Bench.Row("-q run --rm busybox true", ours, than, theirs, OTHERS)));
    }

    /** How much passes through a port of the host, beside what passes directly. */
    private boolean throughPort(PrintStream out) throws IOException, InterruptedException {
        if (!Bench.isThere("iperf3", "--version")) {
            return true;
        }
        var host = "203.0.113.1";
        Bench.succeed("ip", "addr", "add", host + "/32", "dev", "lo");
        Bench.succeed(koker(
                "run",
                "-d",
                "--name",
                "iperf",
                "--ip",
                "10.44.0.200",
                "-p",
                "5201:5201",
                "-v",
                "/usr:/usr:ro",
                "-v",
                "/lib:/lib:ro",
                "-v",
                "/lib64:/lib64:ro",
                "--tmpfs",
                "/tmp",
                "busybox",
                "/usr/bin/iperf3",
                "-s"));
        var ratios = new ArrayList<Double>();
        var published = new ArrayList<Double>();
        try {
            rate(host); // until it listens
            for (var i = 0; i < PAIRS; i++) {
                var direct = rate("10.44.0.200").orElseThrow();
                published.add(rate(host).orElseThrow());
                ratios.add(published.getLast() / direct);
            }
        } finally {
            Bench.succeed(koker("rm", "-f", "iperf"));
        }
        var ratio = Bench.median(ratios);
        out.printf(
                "%-34s %8.1f Gbit/s, %.2f of the direct way, limit %.2f%s%n",
                "TCP through a published port",
                Bench.median(published) / 1e9,
                ratio,
                RATE,
                ratio < RATE ? "  UNDER" : "");
        return ratio >= RATE;
    }

    /** Bits per second that the server at that address receives; none if nobody answers. */
    private Optional<Double> rate(String address) throws IOException, InterruptedException {
        var result = folder.resolve("iperf.json");
        for (var attempt = 0; attempt < 50; attempt++) {
            var process = new ProcessBuilder("iperf3", "-J", "-t", Integer.toString(SECONDS), "-c", address)
                    .redirectOutput(result.toFile())
                    .start();
            if (process.waitFor() == 0) {
                var end = JsonParser.parseString(Files.readString(result))
                        .getAsJsonObject()
                        .getAsJsonObject("end");
                if (end.has("sum_received")) {
                    return Optional.of(end.getAsJsonObject("sum_received")
                            .get("bits_per_second")
                            .getAsDouble());
                }
                System.err.println("iperf3 ended well, and without a result: " + Files.readString(result));
            }
            Thread.sleep(100);
        }
        return Optional.empty();
    }

    /** What the last of many containers in a network costs, beside one of the first. */
    private boolean many(PrintStream out) throws IOException, InterruptedException {
        var starts = new ArrayList<Double>();
        var names = new ArrayList<String>();
        for (var i = 0; i < COUNT; i++) {
            var name = "connected" + i;
            names.add(name);
            var before = System.nanoTime();
            Bench.succeed(koker("run", "-d", "--name", name, "busybox", "sleep", "1000"));
            starts.add((System.nanoTime() - before) / 1e6);
        }
        var remove = koker("rm", "-f");
        remove.addAll(names);
        Bench.succeed(remove);
        var early = Bench.median(starts.subList(10 - WINDOW / 2 - 1, 10 + WINDOW / 2));
        var late = Bench.median(starts.subList(COUNT - WINDOW, COUNT));
        var ratio = late / early;
        out.printf(
                "%-34s %8.1f ms, %.2f of the 10th, limit %.2f%s%n",
                "the " + COUNT + "th container of a network", late, ratio, GROWTH, ratio > GROWTH ? "  OVER" : "");
        return ratio <= GROWTH;
    }

    private List<String> koker(String... more) {
        return Bench.words(words, more);
    }
}
