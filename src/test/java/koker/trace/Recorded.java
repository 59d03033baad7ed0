package koker.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.trace.RecordedTrace.End;

/** Makes recordings for tests, as if they had been read. */
final class Recorded {
    private final List<RecordedStep> steps = new ArrayList<>();
    private long time;

    /** Adds a step of one call, which takes a microsecond. */
    Recorded step(String side, String title, Map<String, String> about, String call, String... args) {
        return step(side, title, about, new RecordedCall(call, List.of(args), 0, "", false, 0, 1000));
    }

    /** Adds a step of one call. */
    Recorded step(String side, String title, Map<String, String> about, RecordedCall call) {
        var name = new Occasion(title, Map.of()).name();
        var phase = Phase.of(name, koker.kernel.Event.Side.HOST).title();
        time += 1000;
        var made = new RecordedCall(
                call.call(), call.args(), call.result(), call.errno(), call.tolerated(), time, call.duration());
        time += call.duration();
        steps.add(new RecordedStep(name, title, phase, side, side.equals("host") ? 3 : 0, about, List.of(made)));
        return this;
    }

    RecordedTrace ended(int status, String error) {
        return trace(Optional.of(new End(status, error, Optional.empty(), time)));
    }

    RecordedTrace trace(Optional<End> end) {
        return new RecordedTrace(
                "koker 1", "6.1", "2026-01-01T00:00:00Z", List.of("koker", "run", "a b"), steps, List.of(), end);
    }
}
