package koker.plan;

import java.util.Optional;
import java.util.stream.Collectors;
import koker.guide.Guide;
import koker.kernel.Call;
import koker.kernel.Errno;
import koker.kernel.KokerException;
import koker.kernel.NetlinkSocket;
import koker.kernel.SystemCall;
import koker.trace.Recording;

/** A step failed; the message is one line: the step, the call, the kernel's reason, and what to do next where that is known. */
public final class StepException extends KokerException {
    private static final long serialVersionUID = 1;
    private final transient Step step;
    private final String call;
    private final Errno errno;

    StepException(Step step, Call call, Errno errno) {
        this(step, name(call), errno);
    }

    private StepException(Step step, String call, Errno errno) {
        super(describe(step) + ": " + (call.isEmpty() ? "" : call + ": ") + errno.meaning() + " (" + errno + ")"
                + advice(step, call, errno));
        this.step = step;
        this.call = call;
        this.errno = errno;
    }

    StepException(Step step, NetlinkSocket.Refusal refusal) {
        super(describe(step) + ": " + refusal.errno().meaning() + " (" + refusal.errno() + ")"
                + (refusal.reason().isEmpty() ? "" : ": " + refusal.reason()) + advice(step, "", refusal.errno()));
        this.step = step;
        this.call = "";
        this.errno = refusal.errno();
    }

    StepException(Step step) {
        super(describe(step) + ": the process was killed before its command started; is the memory limit too small?");
        this.step = step;
        this.call = "";
        this.errno = null;
    }

    /** The step that failed. */
    public Step step() {
        return step;
    }

    /** The name of the call that failed; empty where none did. */
    public String call() {
        return call;
    }

    /** The kernel's error, where a call returned one. */
    public Optional<Errno> errno() {
        return Optional.ofNullable(errno);
    }

    /** What a recording says of the step behind {@code failure}, if there is one. */
    public static Optional<Recording.Failure> recorded(Throwable failure) {
        var found = Optional.<Recording.Failure>empty();
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StepException e) {
                found = Optional.of(new Recording.Failure(
                        e.step, e.call, e.errno().map(Errno::toString).orElse("")));
            }
        }
        return found;
    }

    /** What is done by no call of koker's own has none to name. */
    private static String name(Call call) {
        return call.operation() instanceof SystemCall ? call.operation().toString() : "";
    }

    private static String describe(Step step) {
        var about = step.about().entrySet().stream()
                .map(field -> " " + field.getKey() + "=" + field.getValue())
                .collect(Collectors.joining());
        return step.title() + about;
    }

    private static String advice(Step step, String call, Errno errno) {
        return "; " + Guide.instance().advice(step.name(), call, errno.name(), step.about());
    }
}
