package koker.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import koker.oci.OciException;
import koker.process.Top;

/** {@code koker oci ps}. */
final class OciProcesses {
    private OciProcesses() {}

    /** Prints {@code processes} as the options say. */
    static void print(PrintStream out, List<Integer> processes, OciWords words) throws IOException {
        // Options of ps may stand behind the ID; engines put koker's own there, too.
        var options =
                new ArrayList<>(words.arguments().subList(1, words.arguments().size()));
        switch (words.value("format").orElse("table")) {
            case "json" -> out.println(processes.toString().replace(" ", ""));
            case "table" -> {
                try {
                    new Top(processes).lines(options).forEach(out::println);
                } catch (IllegalStateException e) {
                    throw new OciException(e.getMessage());
                }
            }
            default -> throw new OciException("invalid format option");
        }
    }
}
