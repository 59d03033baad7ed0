package koker.dist;

import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;

/**
 * What the runtime watches to learn which classes to keep ready: the commands that must be quick, one after the other. Not more of
 * them, as every class that is kept makes every start a little longer, whether it is used or not.
 *
 * <p>It lies in the jar, as the cache is good for one class path only, but no later start loads it.
 */
final class Training {
    private static final List<String> COMMANDS = List.of(
            "--version",
            "image ls",
            "-q run busybox true",
            "run busybox true",
            "-D run busybox true",
            "-q run -d --name trained busybox sleep 1000",
            "-q exec trained true",
            "-q ps",
            "-q stop -t 0 trained",
            "-q rm trained");

    private Training() {}

    /** Takes the global options that keep the commands away from the machine's own state. */
    public static void main(String[] options) throws ReflectiveOperationException {
        // Not called by name: this is compiled beside koker's classes, for whatever koker.Main is there.
        var run = MethodHandles.lookup()
                .findStatic(Class.forName("koker.Main"), "run", MethodType.methodType(int.class, String[].class));
        var report = System.out;
        for (var command : COMMANDS) {
            var words = new ArrayList<>(List.of(options));
            words.addAll(List.of(command.split(" ")));
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
