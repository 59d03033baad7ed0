package koker.network;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Calls;
import koker.kernel.Ends;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.plan.HostStep;
import koker.plan.Lens;
import koker.plan.Plan;
import koker.plan.ProcessStep;
import koker.plan.Runner;
import koker.trace.Trace;

/** Runs a program of the host that administrators use, too. */
public final class Tool implements Program {
    private static final List<String> FOLDERS =
            List.of("/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/");
    private static final int PIECE = 32 << 10;

    private final Kernel kernel;
    private final Trace trace;

    /** Those that {@code kernel} starts. */
    public Tool(Kernel kernel, Trace trace) {
        this.kernel = kernel;
        this.trace = trace;
    }

    /** Where the program {@code name} is, if it is installed: where PATH says, or where such programs are even if that does not. */
    static Optional<String> find(String name) {
        if (System.getenv("PATH") instanceof String path) {
            for (var folder : path.split(":")) {
                if (folder.startsWith("/") && Files.isExecutable(Path.of(folder, name))) {
                    return Optional.of(Path.of(folder, name).toString());
                }
            }
        }
        for (var folder : FOLDERS) {
            if (Files.isExecutable(Path.of(folder + name))) {
                return Optional.of(folder + name);
            }
        }
        return Optional.empty();
    }

    @Override
    public String run(List<String> words, String input) {
        trace.heading("Standard streams", Map.of());
        var to = pipe();
        var from = pipe();
        var plan = new Plan(List.of(
                new HostStep.Clone(Set.of()),
                new ProcessStep.Exec(List.of(words.getFirst()), words, List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin"))));
        var launch =
                new Runner(kernel, trace, Lens.CLEAR).launch(plan, List.of(to.first(), from.second(), from.second()));
        kernel.call(Calls.close(to.first()));
        kernel.call(Calls.close(from.second()));
        String output;
        try (launch) {
            launch.finish();
            feed(to.second(), input.getBytes(StandardCharsets.UTF_8));
            kernel.call(Calls.close(to.second()));
            output = drain(from.first());
            kernel.call(Calls.close(from.first()));
        }
        if (launch.await().number() != 0) {
            var said = output.strip().replace("\n", "; ");
            throw new NetworkException(
                    String.join(" ", words) + " failed: " + (said.isEmpty() ? "it was killed, or said nothing" : said));
        }
        return output;
    }

    private void feed(int descriptor, byte[] bytes) {
        for (var at = 0; at < bytes.length; ) {
            var piece = Arrays.copyOfRange(bytes, at, Math.min(at + PIECE, bytes.length));
            var written =
                    kernel.transfer(Calls.write(descriptor, piece, piece.length).tolerating(Errno.EINTR, Errno.EPIPE));
            if (written == -Errno.EPIPE.number()) {
                return; // it does not want to read on, and says why
            }
            at += (int) Math.max(0, written);
        }
    }

    private String drain(int descriptor) {
        var all = new ByteArrayOutputStream();
        var piece = new byte[PIECE];
        while (true) {
            var count = (int) kernel.transfer(Calls.read(descriptor, piece).tolerating(Errno.EINTR));
            if (count == 0) {
                return all.toString(StandardCharsets.UTF_8);
            }
            all.write(piece, 0, Math.max(0, count));
        }
    }

    private Ends pipe() {
        var ends = new Ends();
        kernel.call(Calls.pipe(ends));
        return ends;
    }
}
