package koker.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import koker.guide.Guide;
import koker.kernel.Errno;

/**
 * What the user's options change about how plans are carried out: steps that fail without being made, steps that are left out, and
 * whether the user is asked before each. */
public final class Lens {
    /** It changes nothing. */
    public static final Lens CLEAR = new Lens(List.of(), List.of(), Optional.empty());

    private final List<Fault> faults;
    private final List<NthStep> omitted;
    private final Optional<Consumer<Stop>> stepper;
    private final Set<NthStep> met = ConcurrentHashMap.newKeySet();

    /**
     * A lens that lets {@code faults} happen, and leaves out the steps {@code omitted}.
     *
     * @param stepper is told of each step before it is made; what it throws ends the plan there
     */
    public Lens(List<Fault> faults, List<NthStep> omitted, Optional<Consumer<Stop>> stepper) {
        this.faults = List.copyOf(faults);
        this.omitted = List.copyOf(omitted);
        this.stepper = stepper;
    }

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
        return faults.isEmpty() && omitted.isEmpty() && stepper.isEmpty();
    }

    /** Whether somebody is asked before each step. */
    boolean stops() {
        return stepper.isPresent();
    }

    /** Asks, before {@code step} is made, if somebody is to be asked. */
    void stop(Step step, int pid) {
        if (stepper.isPresent()) {
            stepper.get().accept(new Stop(step, pid));
        }
    }

    /** How the step or call of that name and number is to fail, if it is. */
    Optional<Errno> fault(String name, int nth) {
        for (var fault : faults) {
            if (fault.step().nth() == nth && fault.step().name().equals(name)) {
                met.add(fault.step());
                return Optional.of(fault.errno());
            }
        }
        return Optional.empty();
    }

    /** Whether the step of that name and number is left out. */
    boolean omits(String name, int nth) {
        for (var step : omitted) {
            if (step.nth() == nth && step.name().equals(name)) {
                met.add(step);
                return true;
            }
        }
        return false;
    }

    /** What it was to change, and what never came. */
    public List<NthStep> unmet() {
        var all = new ArrayList<>(omitted);
        faults.forEach(fault -> all.add(fault.step()));
        all.removeAll(met);
        return all;
    }

    /**
     * Makes sure that what it changes is a step of one of those names, or a call of such a step, whatever its number.
     *
     * @throws IllegalArgumentException if it is not
     */
    void checkKinds(List<String> names) {
        var calls = calls(names);
        faults.forEach(fault -> fault.step().first().check(fault.step().isCall() ? calls : names, "fail"));
        omitted.forEach(step -> step.first().check(names, "leave out"));
    }

    /** What steps with those names use. */
    private static List<String> calls(List<String> names) {
        return names.stream()
                .flatMap(name -> Guide.instance().step(name).stream())
                .flatMap(entry -> entry.uses().stream())
                .toList();
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
        calls.addAll(calls(others));
        faults.forEach(fault -> fault.step().check(fault.step().isCall() ? calls : names, "fail"));
        omitted.forEach(step -> step.check(names, "leave out"));
    }
}
