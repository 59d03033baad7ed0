package koker.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** What {@code koker oci} says of itself. */
final class OciHelp {
    private static final int COLUMN = 34;

    private OciHelp() {}

    /** All commands. */
    static void print(PrintStream out) {
        out.println("Usage: koker oci [OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]");
        out.println("Make containers from bundles as an OCI runtime does, with the command line of runc.");
        out.println();
        print(out, OciOptions.GLOBAL);
        out.println();
        out.println("Commands:");
        for (var verb : OciOptions.VERBS) {
            line(out, "  " + verb, OciOptions.description(verb));
        }
    }

    /** One command. */
    static void print(PrintStream out, String verb) {
        out.println("Usage: koker oci " + verb + " [OPTIONS] " + OciOptions.arguments(verb));
        out.println(OciOptions.description(verb));
        out.println();
        print(out, OciOptions.of(verb));
    }

    private static void print(PrintStream out, List<OciOption> options) {
        out.println("Options:");
        for (var option : options) {
            line(
                    out,
                    "  " + String.join(", ", names(option)) + (option.isValued() ? "=" + option.label() : ""),
                    option.description());
        }
    }

    /** With their dashes, the short one first. */
    static List<String> names(OciOption option) {
        var names = new ArrayList<String>();
        for (var name : option.names().reversed()) {
            names.add((name.length() == 1 ? "-" : "--") + name);
        }
        return names;
    }

    private static void line(PrintStream out, String left, String right) {
        out.println(left + " ".repeat(Math.max(1, COLUMN - left.length())) + right);
    }
}
