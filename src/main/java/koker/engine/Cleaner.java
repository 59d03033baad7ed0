package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.image.TreeRemoval;
import koker.kernel.KokerException;
import koker.kernel.Signal;
import koker.plan.EndStep;

/** Removes what the kernel does not remove by itself: processes, cgroups, names and folders of containers that have ended. */
final class Cleaner {
    private final Engine engine;
    private final Directory directory;
    private Optional<Abandoned> search;

    Cleaner(Engine engine, Directory directory) {
        this.engine = engine;
        this.directory = directory;
        var attended = engine.home().attended();
        var ids = attended.toFile().list();
        this.search = ids == null || ids.length == 0 ? Optional.empty() : Optional.of(Abandoned.search(attended));
    }

    /** Finishes what processes that were killed have left: containers that nobody looks after any more. Returns whether there was one. */
    boolean sweep() throws IOException {
        var attended = engine.home().attended();
        if (!Files.isDirectory(attended)) {
            Files.createDirectories(attended);
            sweepAfterBoot();
            return true;
        }
        var abandoned = search.isPresent() ? search.get().ids() : Attendance.abandoned(attended);
        search = Optional.empty();
        for (var id : abandoned) {
            var left = Attendance.takeOver(engine.kernel(), attended, id);
            if (left.isPresent()) {
                settle(directory.folder(id), left.get());
            }
        }
        return !abandoned.isEmpty();
    }

    /** A container that cannot be settled is left to the next command, and keeps nobody from using others. */
    private void settle(ContainerFolder folder, Attendance attendance) {
        try {
            settle(folder);
            attendance.close();
        } catch (IOException | KokerException e) {
            engine.trace().warn("Cannot clean up container " + folder.id() + ": " + e.getMessage(), Map.of());
            attendance.leave();
        }
    }

    /** Removes the processes and cgroups of a container, and what leads to it. */
    void cleanHost(ContainerFolder folder) throws IOException {
        engine.cgroup(folder).remove();
        ContainerNetwork.release(engine, folder);
        engine.trace().noHeading();
    }

    /** The same, when it is known what the container is. */
    void cleanHost(ContainerFolder folder, State state) throws IOException {
        cleanHost(folder);
        if (state.settings().pidfile() != null) {
            new PidFile(Path.of(state.settings().pidfile())).removeStale();
        }
    }

    /** Removes all of a container that is there; if koker is killed meanwhile, the next command goes on. */
    void discard(ContainerFolder folder, State state) throws IOException {
        try {
            folder.write(state.beingRemoved());
        } catch (IOException e) {
            // The disk is full, which removing something may end.
        }
        remove(folder, state);
    }

    /** Removes all of a container. */
    void remove(ContainerFolder folder, State state) throws IOException {
        cleanHost(folder, state);
        remove(folder, state.name() == null ? List.of() : List.of(state.name()));
    }

    /** Removes all of a container of which nothing is known but its names. */
    void remove(ContainerFolder folder, List<String> names) throws IOException {
        cleanHost(folder);
        for (var name : names) {
            var link = directory.link(name, folder);
            if (link.isPresent()) {
                engine.maker().make(new EndStep.RemoveFile(link.get().toString()));
            }
        }
        engine.inEarnest(() -> {
            engine.trace().heading("Clean up", fields("id", folder.id()));
            new TreeRemoval(engine.kernel()).empty(folder.path());
        });
        engine.maker().make(new EndStep.RemoveStateFolder(folder.path().toString()));
    }

    private void sweepAfterBoot() throws IOException {
        var ids = engine.home().containers().toFile().list();
        for (var id : ids == null ? new String[0] : ids) {
            settle(directory.folder(id));
        }
    }

    /** Does what is left to do for a container that has ended, and is not to be started again. */
    void settle(ContainerFolder folder) throws IOException {
        State state = null;
        try {
            state = folder.described() ? folder.read() : null; // if not, koker was killed while it made the container
        } catch (EngineException e) {
            // Without a word on what the container is, its processes and cgroups go, and its files stay.
            engine.trace()
                    .warn(e.getMessage() + "; remove the container with: koker container rm " + folder.id(), Map.of());
            cleanHost(folder);
            return;
        }
        if (state == null) {
            remove(folder, directory.names(folder));
        } else if (state.toBeRemoved()) {
            remove(folder, state);
        } else {
            cleanHost(folder, state);
            if (state.run() == null) {
                folder.write(state);
            } else {
                LogFile.trim(folder);
                folder.write(state.with(lost(state.run())));
            }
        }
    }

    /** The end of a container when those who looked after it were killed: then the kernel killed it, too. */
    private static State.End lost(State.Run run) {
        return run.end(
                128 + (int) Signal.SIGKILL.value(),
                System.currentTimeMillis(),
                false,
                null,
                "the process that looked after it was killed");
    }
}
