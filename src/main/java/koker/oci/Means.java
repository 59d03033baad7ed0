package koker.oci;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Kernel;
import koker.plan.Lens;
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
    private final Optional<Recording> recording;
    private final List<String> warnings = new ArrayList<>();

    private Means(Trace trace, Lens lens, Optional<Recording> recording) {
        this.trace = trace;
        this.kernel = new Kernel(trace);
        this.lens = lens;
        this.recording = recording;
    }

    /** Those of the verb {@code verb} on the container {@code id}, which has {@code annotations}. */
    static Means of(
            Settings settings, Trace.Detail detail, Lens lens, String verb, String id, Map<String, String> annotations)
            throws IOException {
        if (settings.recording().isPresent()) {
            var recording = Recording.begin(settings.recording().get(), settings.version(), settings.command());
            return new Means(new Trace(detail, Optional.of(recording)), lens, Optional.of(recording));
        }
        var folder = folder(settings, annotations);
        if (folder.isEmpty()) {
            return new Means(new Trace(detail, Optional.empty()), lens, Optional.empty());
        }
        try {
            var recording = Optional.of(folder.get().begin(id + "-" + verb, settings.version(), settings.command()));
            return new Means(new Trace(detail, recording), lens, recording);
        } catch (OciException | TraceException | IOException e) {
            if (NEW.contains(verb)) {
                throw e;
            }
            // A container that is there can be ended whatever has become of the folder.
            var means = new Means(new Trace(detail, Optional.empty()), lens, Optional.empty());
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

    Runner runner() {
        return new Runner(kernel, trace, lens);
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
