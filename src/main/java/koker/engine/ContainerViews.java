package koker.engine;

import com.google.gson.JsonObject;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Function;
import koker.process.Top;
import koker.spec.SpecFile;

/** The containers of a host, as one looks at them: what they are, do, use and say. */
public final class ContainerViews {
    private final Household household;
    private final Engine engine;

    /** Those of {@code household}. */
    public ContainerViews(Household household) {
        this.household = household;
        this.engine = household.engine();
    }

    /** All containers, the youngest first, as they are at this moment. Nobody is waited for. */
    public List<Container> list() {
        return list(false, all -> all);
    }

    /**
     * What {@code view} makes of them, beside which those are searched for that nobody looks after any more; if there are some, it is done
     * again.
     *
     * @param brief whether only that is asked for which a list shows by itself; then it takes less time
     */
    public <T> T list(boolean brief, Function<List<Container>, T> view) {
        return household.attempt("cannot list the containers", () -> {
            household.makeFolders();
            var list = new ContainerList(engine, household.directory());
            var seen = view.apply(list.containers(brief));
            return household.cleaner().sweep() ? view.apply(list.containers(brief)) : seen;
        });
    }

    /**
     * The containers that are to be started when the machine has started, the oldest first: those that were started before, and whose policy
     * wants them to run always, or unless their user has stopped them.
     */
    public List<String> dueAtBoot() {
        return list().reversed().stream()
                .filter(container -> container.isDueAtBoot() && !isAttended(container))
                .map(Container::title)
                .toList();
    }

    private boolean isAttended(Container container) {
        return Attendance.isHeld(
                engine.kernel(), engine.home().attended(), container.folder().id());
    }

    /**
     * A container as it is at this moment, by name, ID, or the beginning of its ID.
     *
     * @throws EngineException if there is no such container
     */
    public Container get(String name) {
        return household.attempt("cannot look at container " + name, () -> {
            household.prepare();
            return household.find(name);
        });
    }

    /** Whether there is a container of that name or ID, or with an ID that begins so, or more of those. */
    public boolean has(String name) {
        return household.attempt("cannot look at the containers", () -> {
            household.prepare();
            return !household.directory().matching(name).isEmpty();
        });
    }

    /** All that is known of a container, as JSON with the names that Docker gives it. */
    public JsonObject inspect(String name) {
        return household.attempt("cannot inspect container " + name, () -> {
            household.prepare();
            var container = household.find(name);
            return new ContainerDescription(
                            container, SpecFile.read(container.folder().path()))
                    .json();
        });
    }

    /**
     * The namespaces of a container beside the host's.
     *
     * @throws EngineException if it does not run
     */
    public List<Namespaces> namespaces(String name) {
        return household.attempt("cannot look into container " + name, () -> {
            household.prepare();
            var container = household.alive(name, "look into");
            return Namespaces.of(container.pid());
        });
    }

    /**
     * What ps(1) says of the container's processes: a header and a line for each.
     *
     * @param options of ps; none for -ef
     * @throws EngineException if it does not run
     */
    public List<String> top(String name, List<String> options) {
        return household.attempt("cannot show the processes of container " + name, () -> {
            household.prepare();
            var container = household.alive(name, "show the processes of");
            try {
                return new Top(engine.cgroup(container.folder()).processes()).lines(options);
            } catch (IllegalStateException e) {
                throw new EngineException(e.getMessage());
            }
        });
    }

    /** What each of {@code containers} uses at this moment. */
    public List<Stats> stats(List<Container> containers) {
        return containers.stream()
                .map(container -> Stats.of(container, engine.cgroups()))
                .toList();
    }

    /**
     * Prints what a container that nobody waited for has written, each stream to its own.
     *
     * @throws EngineException if it has no log
     */
    public void logs(String name, LogOptions options, OutputStream out, OutputStream errors) {
        household.attempt("cannot read the log of container " + name, () -> {
            household.prepare();
            var container = household.find(name);
            var log = LogFile.whole(container.folder());
            if (log.isEmpty()) {
                if (container.status() == Container.Status.CREATED) {
                    return null;
                }
                throw new EngineException("container " + name
                        + " has no log: it ran in the foreground, and its output went where koker's did; use run -d");
            }
            var printer = new LogPrinter(options, out, errors);
            try (var read = log.get()) {
                for (var piece = read.next(); piece.isPresent(); piece = read.next()) {
                    printer.add(piece.get());
                }
                printer.flush();
                if (options.follow()) {
                    try (var follower = new LogFollower(engine, container, read)) {
                        for (var piece = follower.next(); piece.isPresent(); piece = follower.next()) {
                            printer.add(piece.get());
                            printer.flush();
                        }
                    }
                }
                printer.finish();
            }
            return null;
        });
    }
}
