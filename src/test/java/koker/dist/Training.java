package koker.dist;

import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs commands one after the other, for the runtime to watch and learn which classes to keep ready.
 *
 * <p>It lies in the jar, as a cache is good for one class path only, but no later start loads it.
 */
final class Training {
    private Training() {}

    /** Takes a folder for koker's state, which is not to be the machine's own, and the commands. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        // Not called by name: this is compiled beside koker's classes, for whatever koker.Main is there.
        var run = MethodHandles.lookup()
                .findStatic(Class.forName("koker.Main"), "run", MethodType.methodType(int.class, String[].class));
        Class.forName("koker.StandardError"); // which only a whole start takes
        var report = System.out;
        var root = Path.of(arguments[0]);
        for (var command : Arrays.asList(arguments).subList(1, arguments.length)) {
            var words = new ArrayList<>(List.of("--root", root.toString()));
            for (var word : command.split(" ")) {
                words.add(word.replace(
                                "ARCHIVE", root.resolveSibling("archive.tar").toString())
                        .replace("BUNDLE", root.resolveSibling("bundle").toString()));
            }
            System.setOut(new PrintStream(OutputStream.nullOutputStream(), true));
            System.setErr(new PrintStream(OutputStream.nullOutputStream(), true));
            try {
                var status = (int) run.invoke(words.toArray(String[]::new));
                report.println("trained: koker " + command + (status == 0 ? "" : " (exit " + status + ")"));
            } catch (Throwable e) {
                // One that is not there yet, or may not run here, is no reason not to learn from the others.
                report.println("not trained: koker " + command + ": " + e);
            }
        }
    }
}
