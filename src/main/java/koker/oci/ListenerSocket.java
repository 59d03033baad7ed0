package koker.oci;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import koker.kernel.Calls;
import koker.kernel.Kernel;
import koker.kernel.KernelException;
import koker.plan.Launch;
import koker.plan.ProcessStep;
import koker.plan.Runner;
import koker.runtime.Planner;
import koker.spec.Seccomp;
import koker.spec.Spec;
import koker.trace.Trace;

/** The socket of who decides about system calls of a container (config-linux.md, "The Container Process State"). */
record ListenerSocket(Kernel kernel, Trace trace, Seccomp seccomp) {
    /** Has the listener given away when a process of {@code runner}, in the container of {@code state}, waits for that. */
    void attend(Runner runner, State state, Status status) {
        runner.at(Planner.LISTENER, launch -> {
            var container = status == Status.CREATING ? launch.pid() : state.pid();
            serve(launch, ContainerHooks.describe(state, status, container));
        });
    }

    /**
     * Takes the listener from the process that waits in {@code launch}, and gives it to who waits at the socket.
     *
     * @param state the container's, as JSON
     * @throws OciException if nobody takes it
     */
    private void serve(Launch launch, String state) {
        var path = seccomp.listenerPath();
        trace.heading("Send listener", Map.of("path", path));
        int listener;
        try {
            var process = (int) kernel.call(Calls.pidfdOpen(launch.pid()));
            try {
                listener =
                        (int) kernel.call(Calls.pidfdGetfd(process, launch.result(ProcessStep.FilterCalls.LISTENER)));
            } finally {
                kernel.call(Calls.close(process));
            }
        } catch (KernelException e) {
            throw new OciException(
                    "the listener of linux.seccomp cannot be taken from its process: " + e.getMessage(), e);
        }
        new UnixSocket(kernel, "linux.seccomp.listenerPath", path)
                .send("listener", message(launch.pid(), state), listener);
    }

    private String message(int pid, String state) {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.beginObject();
            json.name("ociVersion").value(Spec.VERSION);
            json.name("fds").beginArray().value("seccompFd").endArray();
            json.name("pid").value(pid);
            json.name("metadata").value(seccomp.listenerMetadata() == null ? "" : seccomp.listenerMetadata());
            json.name("state").jsonValue(state);
            json.endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
