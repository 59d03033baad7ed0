package koker.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * One system call with its arguments, to be made directly ({@link Kernel#call}) or as an entry of a program that another process
 * runs ({@link Kernel#start}).
 *
 * @param label what other entries of the same program know this one by; empty where none does
 * @param tolerated the errors that are no failure
 * @param onTolerated the entry that follows a tolerated error; empty for the next one
 * @param match the entry that follows a certain result
 */
public record Call(
        Operation operation,
        List<Argument> arguments,
        String label,
        Set<Errno> tolerated,
        String onTolerated,
        Optional<Match> match) {

    /** So that a call that may fail in any way is known by one. */
    static final Set<Errno> EVERY_ERROR = Collections.unmodifiableSet(EnumSet.allOf(Errno.class));

    /** A jump: after {@code result}, the program goes on at the entry labelled {@code target}. */
    public record Match(long result, String target) {}

    /** {@code operation} with {@code arguments}: no label, no error tolerated, no jump. */
    public static Call of(Operation operation, Argument... arguments) {
        return new Call(operation, List.of(arguments), "", EnumSet.noneOf(Errno.class), "", Optional.empty());
    }

    /** The same call, known as {@code label} to others. */
    public Call as(String label) {
        return new Call(operation, arguments, label, tolerated, onTolerated, match);
    }

    /** The same call, which does not fail by one of {@code errors}. */
    public Call tolerating(Errno... errors) {
        var set = EnumSet.noneOf(Errno.class);
        set.addAll(tolerated);
        set.addAll(Arrays.asList(errors));
        return new Call(operation, arguments, label, set, onTolerated, match);
    }

    /** The same call, after which the program goes on at the entry labelled {@code target} if it fails as is tolerated. */
    public Call elsewhere(String target) {
        return new Call(operation, arguments, label, tolerated, target, match);
    }

    /** The same call, which does not fail by any error, but goes on at the entry labelled {@code target} after one. */
    public Call orElse(String target) {
        return new Call(operation, arguments, label, EVERY_ERROR, target, match);
    }

    /** The same call, after which the program goes on at the entry labelled {@code target} if the result is {@code result}. */
    public Call on(long result, String target) {
        return new Call(operation, arguments, label, tolerated, onTolerated, Optional.of(new Match(result, target)));
    }

    /** A stand-in for this call that is not made, and fails with {@code errno}. */
    public Call failing(Errno errno) {
        var others = new ArrayList<Argument>(List.of(new Argument.Number(-errno.number()), new Argument.Number(0)));
        arguments.stream().filter(Argument.Room.class::isInstance).forEach(others::add); // later calls may look there
        return new Call(Operation.Special.SUBTRACT, others, label, tolerated, onTolerated, match);
    }

    /** The same call, its references to other calls replaced by what those returned. */
    public Call with(Map<String, Long> results) {
        return with(
                arguments.stream().map(argument -> resolved(argument, results)).toList());
    }

    private static Argument resolved(Argument argument, Map<String, Long> results) {
        if (argument instanceof Argument.Result(String label)) {
            return new Argument.Number(results.get(label));
        }
        return argument instanceof Argument.Attributes attributes ? attributes.with(results) : argument;
    }

    /** The same call with other arguments. */
    Call with(List<Argument> others) {
        return new Call(operation, others, label, tolerated, onTolerated, match);
    }

    /** The call as it reads in a trace: {@code mount("proc", "/proc", …)}. */
    public String show(ToLongFunction<String> results) {
        var text = new StringBuilder().append(operation).append('(');
        var separator = "";
        for (var argument : arguments) {
            text.append(separator).append(argument.show(results));
            separator = ", ";
        }
        return text.append(')').toString();
    }

    /** The bytes that its arguments need in memory at most. Not by a stream: it is asked some hundred times before anything is compiled. */
    int size() {
        var size = 0;
        for (var argument : arguments) {
            size += argument.size();
        }
        return size;
    }
}
