package koker.oci;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import koker.kernel.Kernel;
import koker.plan.Lens;
import koker.plan.Maker;
import koker.plan.NthStep;
import koker.plan.Plan;
import koker.plan.Rehearsal;
import koker.plan.Runner;
import koker.trace.Recording;
import koker.trace.Trace;
import koker.trace.TraceException;

/** What a verb works with: the kernel, who is told of what it does, and a recording if there is to be one. */
final class Means {
    /** The verbs that make a container. */
    private static final List<String> NEW = List.of("create", "run");

    private final Kernel kernel;
    private final Trace trace;
    private final Lens lens;
    private final Runner runner;
    private final Optional<Rehearsal> rehearsal;
    private final Optional<Recording> recording;
    private final List<String> warnings = new ArrayList<>();

    private Means(Trace.Detail detail, Function<Trace, Lens> lens, Optional<Recording> recording, boolean rehearsing) {
        this.trace = new Trace(detail, recording);
        this.kernel = new Kernel(trace);
        this.lens = lens.apply(trace);
        this.runner = new Runner(kernel, trace, this.lens);
        this.rehearsal = rehearsing ? Optional.of(new Rehearsal(runner)) : Optional.empty();
        this.recording = recording;
    }

    /** Those of the verb {@code verb} on the container {@code id}, which has {@code annotations}. */
    static Means of(
            Settings settings,
            Trace.Detail detail,
            Function<Trace, Lens> lens,
            String verb,
            String id,
            Map<String, String> annotations)
            throws IOException {
        if (settings.dryRun()) {
            return new Means(detail, _ -> Lens.CLEAR, Optional.empty(), true);
        }
        if (settings.recording().isPresent()) {
            var recording = Recording.begin(settings.recording().get(), settings.version(), settings.command());
            return new Means(detail, lens, Optional.of(recording), false);
        }
        var folder = folder(settings, annotations);
        if (folder.isEmpty()) {
            return new Means(detail, lens, Optional.empty(), false);
        }
        try {
            var recording = Optional.of(folder.get().begin(id + "-" + verb, settings.version(), settings.command()));
            return new Means(detail, lens, recording, false);
        } catch (OciException | TraceException | IOException e) {
            if (NEW.contains(verb)) {
                throw e;
            }
            // A container that is there can be ended whatever has become of the folder.
            var means = new Means(detail, lens, Optional.empty(), false);
            means.warn("there is no recording of this: " + e.getMessage());
            return means;
        }
    }

    private static Optional<TraceFolder> folder(Settings settings, Map<String, String> annotations) {
        if (settings.traces().isPresent()) {
            return Optional.of(new TraceFolder(settings.traces().get(), true));
        }
        try {
            return Optional.ofNullable(annotations.get(Settings.TRACES))
                    .map(named -> new TraceFolder(Path.of(named), false));
        } catch (InvalidPathException e) {
            throw new OciException("the annotation " + Settings.TRACES + ": " + e.getMessage());
        }
    }

    Kernel kernel() {
        return kernel;
    }

    Trace trace() {
        return trace;
    }

    /** One that makes steps as the user wants them looked at. */
    Runner runner() {
        return runner;
    }

    /** The same; or one that takes steps down instead. */
    Maker maker() {
        return rehearsal.isPresent() ? rehearsal.get() : runner;
    }

    /** One for what is undone, which nobody has asked for. */
    Runner undoing() {
        return new Runner(kernel, trace, Lens.CLEAR);
    }

    /** Whether nothing is to be changed, and only taken down what would be done. */
    boolean rehearses() {
        return rehearsal.isPresent();
    }

    /** What was taken down. */
    Plan plan() {
        return new Plan(rehearsal.map(Rehearsal::steps).orElse(List.of()));
    }

    /** What the user wanted changed about the steps, and what never came. */
    List<NthStep> unmet() {
        return lens.unmet();
    }

    /** Tells the user of what is no error. */
    void warn(String message) {
        warnings.add(message);
        trace.warn(message, Map.of());
    }

    /** What the user is to be told. */
    List<String> warnings() {
        return warnings;
    }

    Optional<Recording> recording() {
        return recording;
    }
}
