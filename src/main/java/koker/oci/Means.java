package koker.oci;

import java.io.IOException;
import java.nio.file.Files;
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

/** What a verb works with: the kernel, who is told of what it does, and a recording if there is to be one. */
final class Means {
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
        var folder = settings.traces();
        if (folder.isEmpty() && annotations.get(Settings.TRACES) instanceof String named) {
            folder = Optional.of(Path.of(named));
        }
        var recording = Optional.<Recording>empty();
        if (settings.recording().isPresent()) {
            recording =
                    Optional.of(Recording.begin(settings.recording().get(), settings.version(), settings.command()));
        } else if (folder.isPresent()) {
            recording = Optional.of(begin(folder.get(), settings.version(), settings.command(), id + "-" + verb));
        }
        return new Means(new Trace(detail, recording), lens, recording);
    }

    /** A file of its own for each command: there may be many of a kind. */
    private static Recording begin(Path folder, String version, List<String> command, String name) throws IOException {
        Files.createDirectories(folder);
        var file = folder.resolve(name + ".jsonl");
        for (var number = 2; Files.exists(file); number++) {
            file = folder.resolve(name + "-" + number + ".jsonl");
        }
        return Recording.begin(file, version, command);
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
