package koker.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import koker.guide.Entry;
import koker.guide.Guide;
import koker.kernel.Errno;

/**
 * What the user's options change about how plans are carried out: steps that fail without being made, and steps that are left out.
 *
 * @param faults those that fail
 * @param omitted those that are left out
 */
public record Lens(List<Fault> faults, List<NthStep> omitted) {
    /** It changes nothing. */
    public static final Lens CLEAR = new Lens(List.of(), List.of());

    /**
     * Reads which step is to be left out.
     *
     * @throws IllegalArgumentException if there is no such step, or the host or koker itself would come to harm without it
     */
    public static NthStep omission(String text) {
        var step = NthStep.parse(text);
        var entry = Guide.instance().step(step.name());
        if (entry.isEmpty()) {
            throw new IllegalArgumentException("'" + step.name()
                    + "' is a call, and only whole steps can be left out; its steps are: "
                    + String.join(" ", Guide.instance().stepsThatUse(step.name())));
        }
        entry.get().needed().ifPresent(reason -> {
            throw new IllegalArgumentException("the step " + step.name() + " cannot be left out: " + reason);
        });
        return step;
    }

    /** Whether it changes nothing. */
    public boolean isClear() {
        return faults.isEmpty() && omitted.isEmpty();
    }

    /** How the step or call of that name and number is to fail, if it is. */
    Optional<Errno> fault(String name, int nth) {
        for (var fault : faults) {
            if (fault.step().nth() == nth && fault.step().name().equals(name)) {
                return Optional.of(fault.errno());
            }
        }
        return Optional.empty();
    }

    /** Whether the step of that name and number is left out. */
    boolean omits(String name, int nth) {
        return omitted.stream()
                .anyMatch(step -> step.nth() == nth && step.name().equals(name));
    }

    /**
     * Makes sure that what it changes is there.
     *
     * @param steps what is going to be made, in order
     * @param others the names of further steps
     * @throws IllegalArgumentException if it is not
     */
    void check(List<Step> steps, List<String> others) {
        var names = new ArrayList<>(steps.stream().map(Step::name).toList());
        names.addAll(others);
        var calls = new ArrayList<String>();
        steps.forEach(
                step -> step.calls().forEach(call -> calls.add(call.operation().toString())));
        others.forEach(name ->
                calls.addAll(Guide.instance().step(name).map(Entry::uses).orElse(List.of())));
        faults.forEach(fault -> fault.step().check(fault.step().isCall() ? calls : names, "fail"));
        omitted.forEach(step -> step.check(names, "leave out"));
    }
}
