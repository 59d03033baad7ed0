package koker.trace;

import com.github.difflib.DiffUtils;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import com.github.difflib.patch.AbstractDelta;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What two runs did differently, step by step; each process is compared with its like, as they go on beside each other. */
public final class TraceDifference {
    private static final List<String> SIDES = List.of("host", "helper", "hook", "supervisor", "container");

    private final List<Change> changes = new ArrayList<>();

    /**
     * How two recordings differ.
     *
     * @param before the one
     * @param after the other
     */
    public TraceDifference(RecordedTrace before, RecordedTrace after) {
        for (var side : SIDES) {
            compare(of(side, before), of(side, after));
        }
        changes.sort(Comparator.comparingLong(Change::start));
    }

    /** In which of the two a step was made. */
    public enum Sign {
        /** Only in the first. */
        GONE('-'),
        /** Only in the second. */
        NEW('+'),
        /** In both, but its calls went another way. */
        OTHER('~');

        private final char mark;

        Sign(char mark) {
            this.mark = mark;
        }

        /** As it is printed. */
        public char mark() {
            return mark;
        }
    }

    /**
     * A step of which the two differ.
     *
     * @param detail the call that went another way; empty where all of the step is new or gone
     */
    public record Change(Sign sign, RecordedStep step, String detail) {
        long start() {
            return step.start();
        }
    }

    /** A step, and what of it is compared. */
    private record Compared(RecordedStep step, Likeness likeness) {
        boolean sameStep(Compared other) {
            return likeness.sameStep(other.likeness);
        }
    }

    /** The differences, in the order in which things happened. */
    public List<Change> changes() {
        return List.copyOf(changes);
    }

    private static List<Compared> of(String side, RecordedTrace trace) {
        return trace.steps().stream()
                .filter(step -> step.side().equals(side))
                .map(step -> new Compared(step, Likeness.of(step)))
                .toList();
    }

    private void compare(List<Compared> before, List<Compared> after) {
        var patch = DiffUtils.diff(before, after, new MyersDiffWithLinearSpace<>(Compared::sameStep));
        var left = 0;
        var right = 0;
        for (var delta : patch.getDeltas()) {
            var same = delta.getSource().getPosition() - left;
            alike(before.subList(left, left + same), after.subList(right, right + same));
            differing(delta);
            left = delta.getSource().last() + 1;
            right = delta.getTarget().last() + 1;
        }
        alike(before.subList(left, before.size()), after.subList(right, after.size()));
    }

    private void differing(AbstractDelta<Compared> delta) {
        delta.getSource().getLines().forEach(step -> changes.add(new Change(Sign.GONE, step.step(), "")));
        delta.getTarget().getLines().forEach(step -> changes.add(new Change(Sign.NEW, step.step(), "")));
    }

    /** The same steps, but their calls may have gone another way. */
    private void alike(List<Compared> before, List<Compared> after) {
        for (var i = 0; i < before.size(); i++) {
            var detail = detail(
                    before.get(i).likeness().calls(), after.get(i).likeness().calls());
            if (!detail.isEmpty()) {
                changes.add(new Change(Sign.OTHER, after.get(i).step(), detail));
            }
        }
    }

    private static String detail(List<String> before, List<String> after) {
        for (var i = 0; i < Math.max(before.size(), after.size()); i++) {
            var old = i < before.size() ? before.get(i) : "nothing";
            var now = i < after.size() ? after.get(i) : "nothing";
            if (!old.equals(now)) {
                return now + " instead of " + old;
            }
        }
        return "";
    }
}
