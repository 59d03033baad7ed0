package koker.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.cgroup.Cgroups;
import koker.cgroup.ContainerCgroup;
import koker.kernel.Kernel;
import koker.network.NetworkException;
import koker.network.Program;
import koker.network.Tool;
import koker.plan.FirewallStep;
import koker.plan.Lens;
import koker.plan.Maker;
import koker.plan.Rehearsal;
import koker.plan.Runner;
import koker.plan.StepException;
import koker.trace.Trace;

/** What every verb needs: where things are kept, the kernel, who is told, how steps are looked at, and the host's cgroups. */
final class Engine {
    private final Home home;
    private final Kernel kernel;
    private final Trace trace;
    private final Lens lens;
    private final Optional<Rehearsal> rehearsal;
    private Cgroups cgroups;

    Engine(Home home, Kernel kernel, Trace trace, Lens lens) {
        this(home, kernel, trace, lens, Optional.empty());
    }

    private Engine(Home home, Kernel kernel, Trace trace, Lens lens, Optional<Rehearsal> rehearsal) {
        this.home = home;
        this.kernel = kernel;
        this.trace = trace;
        this.lens = lens;
        this.rehearsal = rehearsal;
    }

    /** The same, for what must be done as it is planned: what is undone, and what nobody has asked for. */
    Engine clear() {
        return new Engine(home, kernel, trace, Lens.CLEAR);
    }

    /** One that makes steps as the user wants them looked at. */
    Runner runner() {
        return new Runner(kernel, trace, lens);
    }

    Lens lens() {
        return lens;
    }

    Home home() {
        return home;
    }

    Kernel kernel() {
        return kernel;
    }

    Trace trace() {
        return trace;
    }

    /** The same, for verbs that are only rehearsed. */
    Engine rehearsing(Rehearsal rehearsal) {
        return new Engine(home, kernel, trace, lens, Optional.of(rehearsal));
    }

    /** Whether nothing is to be changed, and only taken down what would be done. */
    boolean rehearses() {
        return rehearsal.isPresent();
    }

    /** What is done to koker's own files, and is no step. */
    interface Deed {
        /** Does it. */
        void act() throws IOException;
    }

    /** Has {@code deed} done, unless nothing is to be changed. */
    void inEarnest(Deed deed) throws IOException {
        if (!rehearses()) {
            deed.act();
        }
    }

    /** Tells the user what has been done, unless nothing has. */
    void tell(String what, Map<String, ?> about) {
        if (!rehearses()) {
            trace.info(what, about);
        }
    }

    /** What a verb does, which may fail at the files that koker keeps, or at a step. */
    interface Verb<T> {
        T act() throws IOException;
    }

    /** What {@code verb} returns; if it fails, that is told in one line. */
    <T> T attempt(String failure, Verb<T> verb) {
        try {
            return verb.act();
        } catch (IOException e) {
            throw new EngineException(failure + " under " + home.root() + ": " + EngineException.reason(e));
        } catch (UncheckedIOException e) {
            throw new EngineException(failure + " under " + home.root() + ": " + EngineException.reason(e.getCause()));
        } catch (StepException | NetworkException e) {
            throw new EngineException(failure + ": " + e.getMessage(), EngineException.FAILED, e);
        }
    }

    /** Makes steps as the user wants them looked at; or takes them down. */
    Maker maker() {
        return rehearsal.isPresent() ? rehearsal.get() : runner();
    }

    /** Runs programs of the host; or takes that down. */
    Program programs() {
        if (rehearsal.isEmpty()) {
            return new Tool(kernel, trace);
        }
        return (words, input) -> {
            if (!input.isEmpty()) {
                rehearsal.get().make(new FirewallStep.RestoreRules(words, input));
            }
            return ""; // there may be rules already; whoever asks is not told of any
        };
    }

    /**
     * The cgroups of this host, which are looked for when they are first asked for.
     *
     * @throws koker.cgroup.CgroupException if it has none mounted
     */
    Cgroups cgroups() {
        if (cgroups == null) {
            cgroups = Cgroups.ofHost();
        }
        return cgroups;
    }

    /** The cgroup of a container, with the processes in it. */
    ContainerCgroup cgroup(ContainerFolder folder) {
        return new ContainerCgroup(kernel, maker(), cgroups().folders(folder.cgroupsPath()), List.of());
    }
}
