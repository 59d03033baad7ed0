package koker.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import koker.plan.ProcessStep;

/** How to execute koker once more, from where it runs now. */
final class Self {
    private static final String MAIN = "koker.Main";

    private Self() {}

    /** The step by which a process becomes a quiet koker with {@code arguments}. */
    static ProcessStep.Exec become(List<String> arguments) throws IOException {
        var line = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
        var words = new ArrayList<String>();
        for (var word : line.split("\0")) {
            words.add(word);
            if (word.equals(MAIN)) {
                break;
            }
        }
        words.addAll(arguments);
        var environment = new ArrayList<>(List.of("LC_ALL=C.UTF-8", "HOME=/"));
        if (System.getenv("PATH") instanceof String path) {
            environment.add("PATH=" + path);
        }
        return new ProcessStep.Exec(
                List.of(Files.readSymbolicLink(Path.of("/proc/self/exe")).toString()), words, environment);
    }

    /** This process. */
    static ProcessId process() throws IOException {
        return ProcessId.of(
                Integer.parseInt(Files.readSymbolicLink(Path.of("/proc/self")).toString()));
    }
}
