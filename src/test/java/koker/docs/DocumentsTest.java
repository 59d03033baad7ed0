package koker.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import koker.plan.Step;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents refer to exists. */
class DocumentsTest {
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]*))?\\)");
    // | by hand | `Step`, `Step` | call | manual |
    private static final Pattern STEPS = Pattern.compile("\\|[^|]*\\| ((?:`[A-Z][A-Za-z]+`(?:, )?)+) \\|.*");

    @ParameterizedTest
    @MethodSource("koker.docs.ConsoleBlocks#documents")
    void linksLeadSomewhere(Path document) throws IOException {
        var broken = LINK.matcher(Files.readString(document))
                .results()
                .filter(link -> !leads(document, link))
                .map(MatchResult::group)
                .toList();
        assertEquals(List.of(), broken);
    }

    @ParameterizedTest
    @MethodSource("koker.docs.ConsoleBlocks#documents")
    void stepsHaveTheirNames(Path document) throws IOException {
        var names = records(Step.class).map(Class::getSimpleName).collect(Collectors.toSet());
        var unknown = new TreeSet<String>();
        for (var line : Files.readAllLines(document)) {
            var steps = STEPS.matcher(line);
            if (steps.matches()) {
                unknown.addAll(List.of(steps.group(1).replace("`", "").split(", ")));
            }
        }
        unknown.removeAll(names);
        assertEquals(Set.of(), unknown);
    }

    /** The records that implement {@code kind}, or a kind of it. */
    private static Stream<Class<?>> records(Class<?> kind) {
        return kind.isSealed()
                ? Arrays.stream(kind.getPermittedSubclasses()).flatMap(DocumentsTest::records)
                : Stream.of(kind);
    }

    private static boolean leads(Path document, MatchResult link) {
        var target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
        if (link.group(1).startsWith("https://")) {
            return true;
        }
        try {
            return Files.exists(target)
                    && (link.group(2) == null || anchors(target).contains(link.group(2)));
        } catch (IOException e) {
            return false;
        }
    }

    /** The headings of a document, as links name them. */
    private static List<String> anchors(Path document) throws IOException {
        return Files.readAllLines(document).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }
}
