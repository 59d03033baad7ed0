package koker.plan;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import koker.kernel.Call;
import koker.kernel.Event.Side;
import koker.kernel.NetlinkSocket;
import koker.trace.Subject;

/** One step on the way to a running container: what it is about, and the system calls that it takes. */
public sealed interface Step extends Subject
        permits HostStep,
                ProcessStep,
                MountStep,
                NamespaceStep,
                SupervisorStep,
                LinkStep,
                FirewallStep,
                EndStep,
                StoreStep {
    /** The descriptor by which the new process and koker wait for each other. */
    int MEETING_POINT = 100;

    /** The descriptor of the pipe from which a process that is created reads that it is to start. */
    int GATE = 101;

    @Override
    default Map<String, Object> about() {
        return Map.of();
    }

    /** The calls, in order. */
    List<Call> calls();

    /** What is done where the user wants the step left out; mostly nothing. */
    default List<Call> substitute() {
        return List.of();
    }

    /** Who makes them. */
    default Side side() {
        return Side.CONTAINER;
    }

    /** A call that is to be made behind the others, as what they have returned is the answer to something earlier; asked for until there is none. */
    default Optional<Call> further() {
        return Optional.empty();
    }

    /** How the kernel refused, where the calls have succeeded and what they returned says so. */
    default Optional<NetlinkSocket.Refusal> refusal() {
        return Optional.empty();
    }

    /** The name that the command line knows the step by: {@code enter-root}. */
    @Override
    default String name() {
        return getClass().getSimpleName().replaceAll("(?<=.)(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }
}
