package koker.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds each call of the trace among those that strace saw, in the order of each process; and what is in one of the two alone. */
final class Comparison {
    private static final int CONTEXT = 4;

    private final List<Shown> trace;
    private final List<Strace.Process> processes;
    private final Set<List<Integer>> failed = new HashSet<>();
    private List<Integer> furthest = List.of(-1);

    Comparison(List<Shown> trace, List<Strace.Process> processes) {
        this.trace = trace;
        this.processes = processes;
    }

    /** What is different, for a reader; empty if the trace is true. */
    Optional<String> difference() {
        return search(new int[processes.size()], 0) ? Optional.empty() : Optional.of(describe());
    }

    /** Whether the trace from {@code line} on is an interleaving of what the processes do from {@code places} on. */
    private boolean search(int[] places, int line) {
        // Several processes can be the one that a line is about; the one that need skip least is the likeliest.
        var next = places;
        for (var at = line; ; at++) {
            var state = new ArrayList<Integer>();
            state.add(at);
            Arrays.stream(next).forEach(state::add);
            if (!failed.add(state)) {
                return false;
            }
            if (at > furthest.getFirst()) {
                furthest = state;
            }
            if (at == trace.size()) {
                return nothingLeft(next);
            }
            var nearest = new TreeMap<Integer, List<int[]>>();
            for (var i = 0; i < next.length; i++) {
                var found = find(i, next[i], trace.get(at));
                if (found >= 0) {
                    var moved = next.clone();
                    moved[i] = found + 1;
                    nearest.computeIfAbsent(found - next[i], _ -> new ArrayList<>())
                            .add(moved);
                }
            }
            if (nearest.isEmpty()) {
                return false;
            }
            var candidates = nearest.values().stream().flatMap(List::stream).toList();
            for (var i = 0; i < candidates.size() - 1; i++) {
                if (search(candidates.get(i), at + 1)) {
                    return true;
                }
            }
            next = candidates.getLast();
        }
    }

    private int find(int process, int from, Shown call) {
        var calls = processes.get(process).calls();
        for (var i = from; i < calls.size(); i++) {
            if (call.is(calls.get(i).call())) {
                return i;
            }
            if (calls.get(i).must()) {
                return -1;
            }
        }
        return -1;
    }

    private boolean nothingLeft(int[] places) {
        for (var i = 0; i < places.length; i++) {
            if (left(i, places[i]).findAny().isPresent()) {
                return false;
            }
        }
        return true;
    }

    private Stream<Shown> left(int process, int from) {
        return processes.get(process).calls().stream()
                .skip(from)
                .filter(Strace.Seen::must)
                .map(Strace.Seen::call);
    }

    private String describe() {
        var at = furthest.getFirst();
        var text = new StringBuilder("the trace is not what strace saw\n\ntrace:\n");
        for (var i = Math.max(0, at - CONTEXT); i < Math.min(trace.size(), at + CONTEXT); i++) {
            text.append(i == at ? "> " : "  ").append(trace.get(i).line()).append('\n');
        }
        if (at == trace.size()) {
            text.append("> (its end)\n");
        }
        for (var i = 0; i < processes.size(); i++) {
            text.append("\nstrace, ")
                    .append(processes.get(i).name())
                    .append(", what the trace has to show next:\n")
                    .append(left(i, furthest.get(i + 1))
                            .limit(CONTEXT)
                            .map(call -> "> " + call.line() + "\n")
                            .collect(Collectors.joining()));
        }
        if (at < trace.size()) {
            text.append("\nstrace, calls of that name that the trace need not show:\n");
            processes.forEach(process -> process.calls().stream()
                    .filter(seen -> !seen.must()
                            && seen.call().name().equals(trace.get(at).name()))
                    .map(seen -> "  " + process.name() + ": " + seen.call().line() + "\n")
                    .limit(2L * CONTEXT)
                    .forEach(text::append));
        }
        return text.toString();
    }
}
