package koker.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Lines of cells, the columns aligned, three spaces between them. */
final class Table {
    private static final String GAP = "   ";

    private final List<List<String>> lines = new ArrayList<>();

    Table(String... header) {
        add(List.of(header));
    }

    void add(List<String> cells) {
        lines.add(cells);
    }

    /** Prints it in one piece: a line by itself would be a system call by itself. */
    void print(PrintStream out) {
        out.print(this);
        out.flush();
    }

    /** All lines. */
    @Override
    public String toString() {
        var widths = new int[lines.getFirst().size()];
        for (var line : lines) {
            for (var i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        var text = new StringBuilder();
        for (var line : lines) {
            for (var i = 0; i < widths.length; i++) {
                text.append(line.get(i))
                        .repeat(' ', widths[i] - line.get(i).length())
                        .append(GAP);
            }
            while (text.charAt(text.length() - 1) == ' ') {
                text.setLength(text.length() - 1);
            }
            text.append('\n');
        }
        return text.toString();
    }
}
