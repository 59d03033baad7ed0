package koker.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What ps(1) says of a container's processes. */
public final class Top {
    private final List<Integer> processes;

    /** What it says of {@code processes}. */
    public Top(List<Integer> processes) {
        this.processes = processes;
    }

    /**
     * The lines of {@code ps} with {@code options}: the header, and those of the container's processes.
     *
     * @throws IllegalStateException if it cannot be run, refuses the options, or shows no process IDs
     */
    public List<String> lines(List<String> options) throws IOException {
        var command = new ArrayList<>(List.of("ps"));
        command.addAll(options.isEmpty() ? List.of("-ef") : options);
        Process ps;
        try {
            ps = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IllegalStateException("cannot run ps; install it: apt install procps");
        }
        ps.getOutputStream().close();
        var output = new String(ps.getInputStream().readAllBytes()).lines().toList();
        try {
            if (ps.waitFor() != 0 || output.isEmpty()) {
                throw new IllegalStateException("ps refuses " + String.join(" ", options) + ": "
                        + (output.isEmpty() ? "it says nothing" : output.getFirst()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while ps ran");
        }
        return filter(output, new HashSet<>(processes));
    }

    /** The header, and the lines of {@code processes}. */
    static List<String> filter(List<String> output, Set<Integer> processes) {
        var column = List.of(output.getFirst().strip().split("\\s+")).indexOf("PID");
        if (column < 0) {
            throw new IllegalStateException(
                    "ps shows no column PID, by which koker knows a container's processes; add one");
        }
        var lines = new ArrayList<String>();
        lines.add(output.getFirst());
        for (var line : output.subList(1, output.size())) {
            var words = line.strip().split("\\s+");
            if (words.length > column
                    && words[column].matches("[0-9]{1,9}")
                    && processes.contains(Integer.valueOf(words[column]))) {
                lines.add(line);
            }
        }
        return lines;
    }
}
