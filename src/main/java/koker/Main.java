package koker;

import koker.cli.Koker;
import picocli.CommandLine;

/** Starts the command line. */
public final class Main {
    private Main() {}

    /** Runs the command that {@code args} name, and exits with its status. */
    public static void main(String[] args) {
        var koker = new Koker();
        var status = koker.execute(args);
        System.out.flush();
        koker.exit(status);
    }

    /** Runs the command that {@code args} name, and returns its status. */
    public static int run(String... args) {
        return new Koker().execute(args);
    }

    /** The command line as picocli knows it; man pages and shell completion are made from it. */
    public static CommandLine commandLine() {
        return new Koker().commandLine();
    }
}
