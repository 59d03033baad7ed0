package koker.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import koker.engine.EngineException;
import koker.plan.Fault;
import koker.plan.Lens;
import koker.plan.NthStep;
import koker.trace.Trace;
import picocli.CommandLine.Model.CommandSpec;

/** The options that say how the steps of a command are looked at; they may stand before a command's name or behind it. */
final class LensOptions {
    private final List<Supplier<List<Fault>>> faults = new ArrayList<>();
    private final List<Supplier<List<NthStep>>> omitted = new ArrayList<>();
    private final List<Supplier<Boolean>> explain = new ArrayList<>();
    private final List<Supplier<Boolean>> step = new ArrayList<>();
    private Lens lens;

    /** Declares them for a command. */
    void declare(CommandSpec spec) {
        var options = new Options(spec);
        explain.add(options.flag("Show every system call as -D does, and say what each step is for.", "--explain"));
        step.add(options.flag("Stop before each step, and look around; needs a terminal.", "--step"));
        faults.add(options.values(
                "STEP[#N]=ERRNO",
                "Let a step, or a call, fail without being made: pivot_root=EINVAL, mount#2=ENODEV.",
                Fault::parse,
                "--fail"));
        omitted.add(options.values(
                "STEP[#N]",
                "Leave a step out, to see what it is there for: isolate-mounts.",
                Lens::omission,
                "--skip"));
    }

    /** Whether each step is to be explained. */
    boolean explain() {
        return any(explain);
    }

    /**
     * What they come to; the same for all of a command.
     *
     * @throws EngineException if the user is to be asked, and there is no terminal
     */
    Lens lens(Trace trace) {
        if (lens == null) {
            lens = request().lens(trace);
        }
        return lens;
    }

    /**
     * Makes sure that nothing is asked for which a command whose steps nobody can look at would pass over.
     *
     * @throws EngineException if it is
     */
    void refuse() {
        var request = request();
        if (!request.isClear()) {
            throw new EngineException(request.option()
                    + " is about steps of containers, networks and pulls, and this command makes none of those;"
                    + " leave it out, and see by -D what is done");
        }
    }

    private LensRequest request() {
        return new LensRequest(all(faults), all(omitted), any(step));
    }

    /** What was asked for, and did not happen, in one line each. */
    List<String> disappointments() {
        return lens == null ? List.of() : LensRequest.disappointments(lens.unmet());
    }

    private static boolean any(List<Supplier<Boolean>> flags) {
        for (var flag : flags) {
            if (flag.get()) {
                return true;
            }
        }
        return false;
    }

    private static <T> List<T> all(List<Supplier<List<T>>> options) {
        var all = new ArrayList<T>();
        for (var option : options) {
            all.addAll(option.get());
        }
        return all;
    }
}
