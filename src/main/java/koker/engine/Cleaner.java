package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import koker.cgroup.Cgroups;
import koker.image.TreeRemoval;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.kernel.Signal;
import koker.trace.Trace;

/** Removes what the kernel does not remove by itself: processes, cgroups, names and folders of containers that have ended. */
final class Cleaner {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Home home;
    private final Kernel kernel;
    private final Trace trace;
    private final Cgroups cgroups;

    Cleaner(Home home, Kernel kernel, Trace trace, Cgroups cgroups) {
        this.home = home;
        this.kernel = kernel;
        this.trace = trace;
        this.cgroups = cgroups;
    }

    /** Finishes what koker processes that were killed have left: containers that nobody looks after any more. */
    void sweep() throws IOException {
        if (!Files.isDirectory(home.attended())) {
            Files.createDirectories(home.attended());
            sweepAfterBoot();
        }
        for (var id : Attendance.list(home.attended())) {
            var left = Attendance.takeOver(home.attended(), id);
            if (left.isPresent()) {
                try (var _ = left.get()) {
                    sweep(folder(id));
                }
            }
        }
    }

    /** Removes the processes and cgroups of a container, and, unless it is {@code kept}, the container. */
    void clean(ContainerFolder folder, String name, boolean kept) throws IOException {
        trace.heading("Clean up", fields("id", folder.id()));
        for (var cgroup : cgroups.folders(folder.cgroupsPath())) {
            removeCgroup(Path.of(cgroup));
        }
        if (!kept) {
            if (name != null) {
                release(name, folder);
            }
            new TreeRemoval(kernel).delete(folder.path());
        }
    }

    ContainerFolder folder(String id) {
        return new ContainerFolder(id, home.container(id));
    }

    private void sweepAfterBoot() throws IOException {
        if (Files.isDirectory(home.containers())) {
            try (var folders = Files.list(home.containers())) {
                for (var path : folders.toList()) {
                    sweep(folder(path.getFileName().toString()));
                }
            }
        }
    }

    private void sweep(ContainerFolder folder) throws IOException {
        State state = null;
        try {
            state = folder.described() ? folder.read() : null; // if not, koker was killed before anything else
        } catch (EngineException e) {
            // Without a word on what the container is, its processes and cgroups go, and its files stay.
            trace.warn(e.getMessage() + "; remove the container with: koker container rm " + folder.id(), Map.of());
            clean(folder, null, true);
            return;
        }
        var kept = state != null && !state.removed();
        clean(folder, state == null ? null : state.name(), kept);
        if (kept) {
            folder.write(state.ended(state.exitStatus()));
        }
    }

    private void release(String name, ContainerFolder folder) throws IOException {
        var link = home.names().resolve(name);
        if (Files.isSymbolicLink(link)
                && Files.readSymbolicLink(link).getFileName().toString().equals(folder.id())) {
            Files.delete(link);
        }
    }

    private void removeCgroup(Path cgroup) throws IOException {
        if (!Files.isDirectory(cgroup)) {
            return;
        }
        var deadline = Instant.now().plus(PATIENCE);
        var rmdir = Calls.rmdir(cgroup.toString()).tolerating(Errno.EBUSY, Errno.ENOENT);
        // A process that was killed takes a moment to leave.
        while (kernel.call(rmdir) == -Errno.EBUSY.number()) {
            if (Instant.now().isAfter(deadline)) {
                throw new IOException("the cgroup " + cgroup + " is still in use");
            }
            for (var pid : processes(cgroup)) {
                kernel.call(Calls.kill(pid, Signal.SIGKILL).tolerating(Errno.ESRCH));
            }
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }

    private static List<Integer> processes(Path cgroup) throws IOException {
        return Files.readAllLines(cgroup.resolve("cgroup.procs")).stream()
                .map(Integer::parseInt)
                .filter(pid -> pid > 0)
                .toList();
    }
}
