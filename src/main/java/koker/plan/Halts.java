package koker.plan;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import koker.plan.Runner.Entry;

/** Meetings at which a process waits until the user has been asked about its next step. */
final class Halts {
    private final Lens lens;
    private final Map<Step, Step> next = new IdentityHashMap<>();

    /** None, as long as none are inserted. */
    Halts(Lens lens) {
        this.lens = lens;
    }

    /**
     * {@code entries} with a halt before each step that is no meeting itself, if the lens asks for that; but not for a process that has waited
     * for its start: nobody asks the user then.
     */
    List<Entry> insert(List<Entry> entries) {
        if (!lens.stops()) {
            return entries;
        }
        var all = new ArrayList<Entry>();
        Step current = null;
        var isAlone = false;
        for (var entry : entries) {
            if (entry.step() != current) {
                isAlone |= current instanceof ProcessStep.AwaitStart;
                current = entry.step();
                if (!isAlone && !(current instanceof ProcessStep.Meet)) {
                    var halt = new ProcessStep.Meet("the user");
                    next.put(halt, current);
                    halt.calls().forEach(call -> all.add(Entry.of(halt, call)));
                }
            }
            all.add(entry);
        }
        return all;
    }

    /** Asks the user, if {@code meeting} is a halt of the process {@code pid}; returns whether it is. */
    boolean ask(Step meeting, int pid) {
        var step = next.get(meeting);
        if (step != null) {
            lens.stop(step, pid);
        }
        return step != null;
    }
}
