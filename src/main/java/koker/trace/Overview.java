package koker.trace;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;

/** A recording in short: where the time went. */
public final class Overview {
    private static final int SLOWEST = 5;

    private final RecordedTrace trace;

    /** That of {@code trace}. */
    public Overview(RecordedTrace trace) {
        this.trace = trace;
    }

    /**
     * What was done in a part of the container's life.
     *
     * @param nanos how long its calls took: those of several processes go on at the same time, so that the sum of all may be longer than the run
     */
    public record Share(String phase, String what, int steps, int calls, long nanos) {}

    /** The phases of which there are steps, in the order in which they mostly come. */
    public List<Share> phases() {
        var parts = new EnumMap<Phase, List<RecordedStep>>(Phase.class);
        for (var step : trace.steps()) {
            parts.computeIfAbsent(Phase.titled(step.phase()), _ -> new ArrayList<>())
                    .add(step);
        }
        var shares = new ArrayList<Share>();
        parts.forEach((phase, steps) -> shares.add(new Share(
                phase.title(),
                phase.what(),
                steps.size(),
                steps.stream().mapToInt(step -> step.calls().size()).sum(),
                steps.stream().mapToLong(RecordedStep::busy).sum())));
        return shares;
    }

    /** The steps that took longest, but for those that only wait for another process. */
    public List<RecordedStep> slowest() {
        return trace.steps().stream()
                .filter(step -> !step.waits())
                .sorted(Comparator.comparingLong(RecordedStep::busy).reversed())
                .limit(SLOWEST)
                .toList();
    }
}
