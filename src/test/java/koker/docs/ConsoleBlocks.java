package koker.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The console blocks of a document, in order. */
record ConsoleBlocks(Path file, List<ConsoleBlock> blocks) {
    private static final Pattern FENCE = Pattern.compile("( *)```(\\S*)\\s*");
    private static final String CONSOLE = "console";
    // sh: what the tests cannot run, because it is what runs them, or because it installs.
    private static final Set<String> OTHERS = Set.of("text", "sh", "java", "json");

    /** All documents of the project. */
    static List<Path> documents() throws IOException {
        try (var lessons = Files.list(Path.of("walkthrough"))) {
            return Stream.concat(
                            Stream.of(Path.of("README.md")),
                            lessons.filter(file -> file.toString().endsWith(".md"))
                                    .sorted())
                    .toList();
        }
    }

    /** Reads the document {@code file}. */
    static ConsoleBlocks read(Path file) throws IOException {
        return parse(file, Files.readAllLines(file));
    }

    /**
     * The blocks in {@code lines}, which are those of {@code file}.
     *
     * @throws IllegalArgumentException if a fence is not closed, or says not what it holds
     */
    static ConsoleBlocks parse(Path file, List<String> lines) {
        var blocks = new ArrayList<ConsoleBlock>();
        for (var i = 0; i < lines.size(); i++) {
            var fence = FENCE.matcher(lines.get(i));
            if (!fence.matches()) {
                continue;
            }
            var begin = i + 1;
            var indent = fence.group(1).length();
            do {
                i++;
                if (i == lines.size()) {
                    throw new IllegalArgumentException(file + ":" + begin + ": the block has no end");
                }
            } while (!lines.get(i).strip().equals("```"));
            var language = fence.group(2);
            if (language.equals(CONSOLE)) {
                var inside = lines.subList(begin, i).stream()
                        .map(line -> line.substring(Math.min(indent, line.length())))
                        .toList();
                blocks.add(ConsoleBlock.parse(file, begin + 1, inside));
            } else if (!OTHERS.contains(language)) {
                throw new IllegalArgumentException(
                        file + ":" + begin + ": a block of '" + language + "'; use console where it can be run");
            }
        }
        return new ConsoleBlocks(file, blocks);
    }
}
