package koker.engine;

import static koker.trace.Trace.fields;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import koker.kernel.Calls;
import koker.kernel.Errno;
import koker.kernel.Kernel;
import koker.plan.ProcessStep;
import koker.process.ProcessId;
import koker.trace.Trace;

/** How to execute koker once more, from where it runs now. */
final class Self {
    private static final String MAIN = "koker.Main";

    private Self() {}

    /** The step by which a process becomes a quiet koker with {@code arguments}. */
    static ProcessStep.Exec become(List<String> arguments) throws IOException {
        var line = commandLine();
        var words = new ArrayList<>(line.subList(0, line.indexOf(MAIN) + 1));
        words.addAll(arguments);
        var environment = new ArrayList<>(List.of("LC_ALL=C.UTF-8", "HOME=/"));
        if (System.getenv("PATH") instanceof String path) {
            environment.add("PATH=" + path);
        }
        return new ProcessStep.Exec(
                List.of(Files.readSymbolicLink(Path.of("/proc/self/exe")).toString()), words, environment);
    }

    /**
     * Starts koker again with the same arguments, as one that moves image data fast, which takes a moment longer to start. Nothing is done
     * if this is one, or where it cannot be.
     */
    static void moveDataFast(Kernel kernel, Trace trace) throws IOException {
        var launcher = System.getProperty("koker.launcher");
        if (launcher == null || !"quick".equals(System.getProperty("koker.classes"))) {
            return;
        }
        var line = commandLine();
        var words = new ArrayList<>(List.of(launcher));
        words.addAll(line.subList(line.indexOf(MAIN) + 1, line.size()));
        var environment = new ArrayList<>(List.of("KOKER_CLASSES=data"));
        System.getenv().forEach((name, value) -> environment.add(name + "=" + value));
        // Told before, and without the environment, in which there may be secrets: the call does not return.
        trace.debug("Start again", fields("command", launcher, "for", "a compiler that is good at hashing"));
        kernel.transfer(Calls.execve(launcher, words, environment).tolerating(Errno.values()));
    }

    private static List<String> commandLine() throws IOException {
        var words = List.of(Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8)
                .split("\0", -1));
        return words.subList(0, words.size() - 1); // each ends with a zero byte, also one that is empty
    }

    /** This process. */
    static ProcessId process() throws IOException {
        return ProcessId.of(
                Integer.parseInt(Files.readSymbolicLink(Path.of("/proc/self")).toString()));
    }
}
