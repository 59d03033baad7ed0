package koker.kernel;

import java.util.function.ToLongFunction;

/**
 * A system call that was made.
 *
 * @param call the call
 * @param side who made it
 * @param result what the kernel returned: at least 0, or an error's number, negated
 * @param nanos how long it took, in nanoseconds
 * @param results what labelled calls of the same program returned
 */
public record Event(Call call, Side side, long result, long nanos, ToLongFunction<String> results) {
    /** Who makes a call. */
    public enum Side {
        /** koker itself, on the host. */
        HOST,
        /** The new process, on its way to becoming the container. */
        CONTAINER
    }

    /** Whether the kernel refused. */
    public boolean failed() {
        return result < 0;
    }

    /** The call as it reads in a trace. */
    public String show() {
        return call.show(results);
    }

    /** The result as it reads in a trace: a number, or the error's name. */
    public String showResult() {
        return failed() ? "-1 " + Errno.of(result) : Long.toString(result);
    }
}
