package koker.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import koker.kernel.Call;
import koker.plan.Runner.Entry;

/** Steps as they look through a lens; it counts them, and their calls, by name. */
final class View {
    private final Lens lens;
    private final Map<String, Integer> steps = new HashMap<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private final List<Step> omitted = new ArrayList<>();

    /** A view that has seen {@code earlier} steps already. */
    View(Lens lens, List<Step> earlier) {
        this.lens = lens;
        earlier.forEach(this::entries);
        omitted.clear();
    }

    /** What becomes of the calls of the next step. */
    List<Entry> entries(Step step) {
        var name = step.name();
        var nth = steps.merge(name, 1, Integer::sum);
        if (lens.omits(name, nth)) {
            omitted.add(step);
            return step.substitute().stream().map(call -> Entry.of(step, call)).toList();
        }
        var fault = lens.fault(name, nth);
        var entries = new ArrayList<Entry>();
        for (var call : step.calls()) {
            var own = entries.isEmpty() && fault.isPresent() ? fault : lens.fault(operation(call), count(call));
            entries.add(own.map(errno -> Entry.failing(step, call, errno)).orElseGet(() -> Entry.of(step, call)));
        }
        return entries;
    }

    /** The steps that were left out, in order. */
    List<Step> omitted() {
        return omitted;
    }

    private int count(Call call) {
        return calls.merge(operation(call), 1, Integer::sum);
    }

    /** In a form that no step is named by: the call mount is none of those that the step mount is. */
    private static String operation(Call call) {
        var name = call.operation().toString();
        return name.equals("mount") ? "" : name;
    }
}
