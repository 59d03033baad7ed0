package koker.cgroup;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.plan.EndStep;
import koker.plan.HostStep;
import koker.plan.Maker;

/**
 * The folders of a container's cgroup, with those that the container itself has made below it: the processes in them, and their end, by steps
 * of {@code maker}.
 *
 * @param folders one in each hierarchy
 * @param found those of them that were there before the container, and stay
 */
public record ContainerCgroup(Kernel kernel, Maker maker, List<String> folders, List<String> found) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(1);

    /** The processes in it. */
    public List<Integer> processes() {
        return folders.isEmpty() ? List.of() : processes(first());
    }

    /** The first that is there: a container that an older koker has made may not be in all. */
    private String first() {
        for (var folder : folders) {
            if (Files.isDirectory(Path.of(folder))) {
                return folder;
            }
        }
        return folders.getFirst();
    }

    /** The processes in the cgroup {@code folder}, and in those below it. */
    public static List<Integer> processes(String folder) {
        var processes = new ArrayList<Integer>();
        for (var each : below(folder)) {
            try {
                for (var line : Files.readAllLines(Path.of(each, "cgroup.procs"))) {
                    var pid = Integer.parseInt(line);
                    if (pid > 0) { // 0 is one that cannot be seen from here; kill(2) would take it for all of koker's
                        // own
                        processes.add(pid);
                    }
                }
            } catch (IOException e) {
                // It is gone; or it is one for threads, and their processes are listed above it.
            }
        }
        return processes;
    }

    /**
     * Sends a signal to every process in it. None escapes by making others meanwhile: they are stopped until all have it, or the kernel kills them
     * by itself.
     */
    public void signal(Signal signal) {
        var kills = signal.value() == Signal.SIGKILL.value();
        if (folders.isEmpty() || kills && isKilled(first())) {
            return;
        }
        var freezer = Freezer.of(folders);
        var paused = freezer.isPresent() && freezer.get().isWanted();
        if (freezer.isPresent() && !paused) {
            try {
                freezer.get().stop(maker);
            } catch (CgroupException e) {
                // Most get it nevertheless.
            }
        }
        try {
            send(first(), signal);
        } finally {
            if (freezer.isPresent() && (kills || !paused)) { // in version 1, what is stopped does not end
                maker.make(freezer.get().freeze(false));
            }
        }
    }

    /** Has the kernel kill all processes of a cgroup of version 2 (Linux 5.14); returns whether it can. */
    private boolean isKilled(String folder) {
        if (!Files.exists(Path.of(folder, "cgroup.kill"))) {
            return false;
        }
        maker.make(new HostStep.WriteCgroup(folder + "/cgroup.kill", "1", true));
        return true;
    }

    private void send(String folder, Signal signal) {
        for (var pid : processes(folder)) {
            var results = maker.make(new EndStep.OpenProcess(pid));
            var process = results.getOrDefault(EndStep.OpenProcess.PROCESS, -1L).intValue();
            if (process >= 0 && !processes(folder).contains(pid)) {
                kernel.call(Calls.close(process)); // which may be another one of that number
            } else if (process >= 0) {
                maker.make(new EndStep.SendSignal(process, pid, signal));
            }
        }
    }

    /**
     * Kills what is in it, and removes it.
     *
     * @throws CgroupException if something stays
     */
    public void remove() {
        var deadline = System.nanoTime() + PATIENCE.toNanos();
        var left = new ArrayList<>(folders);
        while (true) {
            left.removeIf(this::isDone);
            if (left.isEmpty()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new CgroupException("the cgroup " + left.getFirst()
                        + " cannot be removed; see what is in it: cat " + left.getFirst() + "/cgroup.procs");
            }
            for (var folder : left) {
                kill(folder);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private void kill(String folder) {
        if (isKilled(folder)) {
            return;
        }
        for (var each : below(folder)) { // a container may have stopped some of its own
            var freezer = Freezer.of(List.of(each));
            if (freezer.isPresent() && freezer.get().isWanted()) {
                maker.make(freezer.get().freeze(false));
            }
        }
        send(folder, Signal.SIGKILL);
    }

    private boolean isDone(String folder) {
        if (found.contains(folder)) {
            return processes(folder).isEmpty();
        }
        if (isRemoved(folder)) {
            return true;
        }
        var removed = false;
        for (var inner : below(folder).reversed()) {
            removed = isRemoved(inner);
        }
        return removed;
    }

    private boolean isRemoved(String folder) {
        var results = maker.make(new EndStep.RemoveCgroup(folder));
        return results.getOrDefault(EndStep.RemoveCgroup.REMOVED, 0L) != -Errno.EBUSY.number();
    }

    /** The folder, and those below it, which come later. */
    private static List<String> below(String folder) {
        var all = new ArrayList<String>();
        if (!Files.isDirectory(Path.of(folder))) {
            return all;
        }
        try {
            Files.walkFileTree(Path.of(folder), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path inner, BasicFileAttributes attributes) {
                    all.add(inner.toString());
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE; // it is gone
                }

                @Override
                public FileVisitResult postVisitDirectory(Path inner, IOException e) {
                    return FileVisitResult.CONTINUE; // it went meanwhile
                }
            });
        } catch (IOException e) {
            // It changes; soon there will be nobody to change it.
        }
        return all;
    }
}
