package koker.oci;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.plan.EndStep;
import koker.plan.Maker;
import koker.process.ProcessId;
import koker.process.RunningProcess;

/**
 * The folders of a container's cgroup, with those that the container itself has made below it: the processes in them, and their end.
 *
 * @param folders one in each hierarchy
 */
record CgroupRemoval(Kernel kernel, Maker maker, List<String> folders) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(1);

    /** The processes in it. */
    List<Integer> processes() throws IOException {
        var processes = new ArrayList<Integer>();
        if (folders.isEmpty()) {
            return processes;
        }
        for (var folder : below(folders.getFirst())) {
            try {
                for (var line : Files.readAllLines(Path.of(folder, "cgroup.procs"))) {
                    var pid = Integer.parseInt(line);
                    if (pid > 0) { // 0 is one that cannot be seen from here; kill(2) would take it for all of koker's
                        // own
                        processes.add(pid);
                    }
                }
            } catch (NoSuchFileException e) {
                // it is gone
            }
        }
        return processes;
    }

    /** Sends a signal to every process in it. */
    void signal(Signal signal) throws IOException {
        for (var pid : processes()) {
            ProcessId process;
            try {
                process = ProcessId.of(pid);
            } catch (IOException e) {
                continue; // it has ended meanwhile
            }
            new RunningProcess(kernel, maker, process).signal(signal);
        }
    }

    /**
     * Kills what is in it, and removes it.
     *
     * @throws OciException if something stays
     */
    void remove() throws IOException {
        var deadline = System.nanoTime() + PATIENCE.toNanos();
        var left = new ArrayList<>(folders);
        while (true) {
            left.removeIf(this::isRemoved);
            if (left.isEmpty()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new OciException("the cgroup " + left.getFirst() + " cannot be removed; see what is in it: cat "
                        + left.getFirst() + "/cgroup.procs");
            }
            signal(Signal.SIGKILL);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private boolean isRemoved(String folder) {
        if (remove(folder)) {
            return true;
        }
        try {
            var removed = false;
            for (var inner : below(folder).reversed()) {
                removed = remove(inner);
            }
            return removed;
        } catch (IOException e) {
            return false; // it changes; soon there will be nobody to change it
        }
    }

    private boolean remove(String folder) {
        var results = maker.make(new EndStep.RemoveCgroup(folder));
        return results.getOrDefault(EndStep.RemoveCgroup.REMOVED, 0L) != -Errno.EBUSY.number();
    }

    /** The folder, and those below it, which come later. */
    private static List<String> below(String folder) throws IOException {
        var all = new ArrayList<String>();
        if (!Files.isDirectory(Path.of(folder))) {
            return all;
        }
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
        });
        return all;
    }
}
