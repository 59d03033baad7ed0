package koker.trace;

import java.util.List;

/**
 * A system call, as a recording has it.
 *
 * @param args as they read in a trace
 * @param errno the error's name; empty if there was none
 * @param tolerated whether that error does not matter
 * @param start in nanoseconds since the recording began
 * @param duration in nanoseconds
 */
record RecordedCall(
        String call, List<String> args, long result, String errno, boolean tolerated, long start, long duration) {
    public RecordedCall {
        args = List.copyOf(args);
    }

    /** When it was over. */
    long end() {
        return start + duration;
    }

    /** Whether the kernel refused, and that matters. */
    boolean refused() {
        return !errno.isEmpty() && !tolerated;
    }

    /** The call as it reads in a trace. */
    String show() {
        return call + "(" + String.join(", ", args) + ")";
    }

    /** The result as it reads in a trace. */
    String showResult() {
        return errno.isEmpty() ? Long.toString(result) : "-1 " + errno;
    }
}
