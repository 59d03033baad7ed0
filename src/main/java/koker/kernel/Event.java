package koker.kernel;

import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * A system call that was made.
 *
 * @param call the call
 * @param side who made it
 * @param result what the kernel returned: at least 0, or an error's number, negated
 * @param start when it began, as {@link System#nanoTime} has it; of another process's call, as near as its own clock tells
 * @param nanos how long it took, in nanoseconds
 * @param results what labelled calls of the same program returned
 */
public record Event(Call call, Side side, long result, long start, long nanos, ToLongFunction<String> results) {
    /** Who makes a call. */
    public enum Side {
        /** koker itself, on the host. */
        HOST,
        /** The new process, on its way to becoming the container. */
        CONTAINER,
        /** The process that looks after a container when koker has gone. */
        SUPERVISOR,
        /** A hook: a program that config.json wants to be run at a moment of a container's life. */
        HOOK,
        /** Another process of the host's that koker starts: a program of the firewall's, or one that keeps the terminal. */
        HELPER
    }

    /** Whether the kernel refused. */
    public boolean failed() {
        return result < 0;
    }

    /** The call as it reads in a trace. */
    public String show() {
        return call.show(results);
    }

    /** How the kernel refused, if it did. */
    public Optional<Errno> errno() {
        return failed() ? Optional.of(Errno.of(result)) : Optional.empty();
    }

    /** The arguments as they read in a trace. */
    public List<String> showArguments() {
        return call.arguments().stream().map(argument -> argument.show(results)).toList();
    }

    /** The result as it reads in a trace: a number, or the error's name. */
    public String showResult() {
        return failed() ? "-1 " + Errno.of(result) : Long.toString(result);
    }
}
