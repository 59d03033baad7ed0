package koker.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import koker.oci.Description;
import koker.oci.OciException;

/** {@code koker oci list}. */
final class OciList {
    private OciList() {}

    /** Prints {@code all} as the options say. */
    static void print(PrintStream out, List<Description> all, OciWords words) throws IOException {
        if (words.has("quiet")) {
            all.forEach(each -> out.println(each.id()));
            return;
        }
        switch (words.value("format").orElse("table")) {
            // runc prints null where there are none; those who read it expect a list.
            case "json" -> out.println(Description.json(all));
            case "table" -> {
                var table = new Table("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
                for (var each : all) {
                    table.add(List.of(
                            each.id(),
                            Integer.toString(each.pid()),
                            each.status().toString(),
                            each.bundle(),
                            each.created(),
                            each.owner()));
                }
                table.print(out);
            }
            default -> throw new OciException("invalid format option");
        }
    }
}
