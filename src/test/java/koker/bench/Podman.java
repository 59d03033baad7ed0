package koker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Podman with a store of its own, and koker's busybox in it. */
record Podman(List<String> words, Path folder) {
    static final String IMAGE = "localhost/busybox";

    /** Podman with everything below {@code folder}, if it is installed; {@code images} is the layout that comes with koker. */
    static Optional<Podman> in(Path folder, Path images) throws IOException, InterruptedException {
        // crun, which it prefers, knows no hybrid cgroups.
        var words = List.of(
                "podman",
                "--runtime=runc",
                "--root=" + folder.resolve("root"),
                "--runroot=" + folder.resolve("run"),
                "--cgroup-manager=cgroupfs",
                "--storage-driver=overlay");
        var podman = new Podman(words, folder);
        if (!Bench.isThere("podman", "--version") || !Bench.isThere("runc", "--version")) {
            return Optional.empty();
        }
        var store = "containers-storage:[overlay@" + folder.resolve("root") + "+" + folder.resolve("run") + "]" + IMAGE;
        Bench.succeed(List.of("skopeo", "copy", "oci:" + images + ":docker.io/library/busybox:latest", store));
        return Optional.of(podman);
    }

    /** A command of podman's. */
    List<String> command(String... more) {
        return Bench.words(words, more);
    }

    /** A detached container, without a network, as koker's are. */
    List<String> start(String name) {
        return command(
                "run",
                "-d",
                "--network=none",
                "--ulimit=nofile=1024:1024", // its own defaults may be more than it is allowed to
                "--ulimit=nproc=1024:1024",
                "--name=" + name,
                IMAGE,
                "sleep",
                "1000");
    }

    /** Removes all that it has made but its folder. */
    void removeAll() throws InterruptedException {
        Bench.isThere(command("rm", "-fa", "-t", "0").toArray(String[]::new));
        Bench.isThere(command("rmi", "-fa").toArray(String[]::new));
        Bench.isThere("umount", folder.resolve("root/overlay").toString());
    }

    /** Whether a process looks after one of the containers. */
    boolean looksAfter(Path process) {
        try {
            return Files.readString(process.resolve("cmdline")).contains(folder.toString())
                    && Files.readString(process.resolve("comm")).startsWith("conmon");
        } catch (IOException e) {
            return false;
        }
    }
}
