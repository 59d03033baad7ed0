package koker.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents show is what happens: each console block is typed into a shell, one shell for each document. */
class DocumentsIT {
    private static final Path KOKER = Path.of(System.getProperty("koker.binary"));
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    @ParameterizedTest
    @MethodSource("koker.docs.ConsoleBlocks#documents")
    void tellsTheTruth(Path document, @TempDir Path folder) throws Exception {
        var blocks = ConsoleBlocks.read(document).blocks();
        var mounts = Files.readAllLines(Path.of("/proc/self/mountinfo"));
        var cgroups = cgroups();
        var failures = new ArrayList<String>();
        try (var shell = new Shell(folder, KOKER)) {
            for (var command :
                    blocks.stream().flatMap(block -> block.commands().stream()).toList()) {
                var output = shell.type(command.text());
                if (output.late()) {
                    failures.add(explain(document, command, output.lines()) + "\nit did not end");
                    break;
                }
                if (!new Expectation(command.expected()).matches(output.lines())) {
                    failures.add(explain(document, command, output.lines()));
                }
            }
            if (failures.isEmpty()) {
                var left =
                        shell.type("for p in /proc/[0-9]*; do echo $p $(tr '\\0' ' ' <$p/cmdline); done 2>/dev/null");
                assertEquals(1, left.lines().size(), () -> "processes left: " + left.lines());
                assertEquals(
                        List.of(),
                        shell.type("ls /var/lib/koker/containers 2>/dev/null").lines(),
                        "containers left");
            }
        }
        if (!failures.isEmpty()) {
            fail(failures.size() + " commands do not do what " + document + " says:\n\n"
                    + String.join("\n\n", failures));
        }
        assertEquals(mounts, Files.readAllLines(Path.of("/proc/self/mountinfo")), "mounts");
        assertNoCgroupIsLeft(cgroups);
    }

    private static String explain(Path document, ConsoleBlock.Command command, List<String> actual) {
        var obstacle = new Expectation(command.expected()).obstacle(actual);
        var expected = new ArrayList<>(command.expected());
        expected.add("");
        expected.set(obstacle, expected.get(obstacle) + "   <-- not found");
        return document + ":" + command.line() + ": " + command.text()
                + "\nexpected:\n" + indent(expected)
                + "\nactual:\n" + indent(actual);
    }

    private static String indent(List<String> lines) {
        return String.join("\n", lines).indent(4).stripTrailing();
    }

    private static void assertNoCgroupIsLeft(SortedSet<Path> before) throws IOException, InterruptedException {
        var left = new TreeSet<>(cgroups());
        left.removeAll(before);
        for (var i = 0; i < 100 && !left.isEmpty(); i++) {
            Thread.sleep(100); // the document's processes may be about to end
            left.retainAll(cgroups());
        }
        assertEquals(Set.of(), left, "cgroups left");
    }

    /** Cgroups of all hierarchies, whose folders are directly below where those are mounted, or are it themselves. */
    private static SortedSet<Path> cgroups() throws IOException {
        var cgroups = new TreeSet<Path>();
        try (var hierarchies = Files.newDirectoryStream(CGROUPS, Files::isDirectory)) {
            for (var hierarchy : hierarchies) {
                cgroups.add(hierarchy);
                try (var folders = Files.newDirectoryStream(hierarchy, Files::isDirectory)) {
                    folders.forEach(cgroups::add);
                }
            }
        }
        return cgroups;
    }
}
