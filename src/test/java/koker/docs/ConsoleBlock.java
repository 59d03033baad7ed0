package koker.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A fenced block of the language {@code console}: what somebody types, and what they then see. A line that begins with {@code "$ "} is a
 * command; lines that begin with {@code "> "} right below it go on with it; all other lines are output.
 */
record ConsoleBlock(Path file, List<Command> commands) {
    private static final String PROMPT = "$ ";
    private static final String CONTINUATION = "> ";

    /**
     * A command, and the output that it is said to have.
     *
     * @param line where it is in the file, from 1
     */
    record Command(int line, String text, List<String> expected) {}

    /**
     * The block that {@code lines}, the first of which is line {@code first} of {@code file}, are.
     *
     * @throws IllegalArgumentException if it does not begin with a command
     */
    static ConsoleBlock parse(Path file, int first, List<String> lines) {
        var commands = new ArrayList<Command>();
        for (var i = 0; i < lines.size(); i++) {
            var line = lines.get(i);
            if (line.startsWith(PROMPT)) {
                commands.add(new Command(first + i, line.substring(PROMPT.length()), List.of()));
            } else if (commands.isEmpty()) {
                throw new IllegalArgumentException(file + ":" + (first + i) + ": output before the first command");
            } else {
                var command = commands.removeLast();
                commands.add(
                        line.startsWith(CONTINUATION) && command.expected().isEmpty()
                                ? new Command(
                                        command.line(),
                                        command.text() + "\n" + line.substring(CONTINUATION.length()),
                                        List.of())
                                : new Command(command.line(), command.text(), append(command.expected(), line)));
            }
        }
        return new ConsoleBlock(file, commands);
    }

    private static List<String> append(List<String> lines, String line) {
        var longer = new ArrayList<>(lines);
        longer.add(line);
        return List.copyOf(longer);
    }
}
