package koker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The house as the design draws it, checked in the compiled classes and in the sources. */
class ArchitectureTest {
    /** From the top to the bottom; packages of one floor do not know each other. */
    private static final List<Set<String>> FLOORS = List.of(
            Set.of("koker"),
            Set.of("koker.cli"),
            Set.of("koker.engine", "koker.oci"),
            Set.of("koker.registry"),
            Set.of("koker.image"),
            Set.of("koker.runtime", "koker.emit", "koker.process"),
            Set.of("koker.systemd"),
            Set.of("koker.network", "koker.cgroup"),
            Set.of("koker.spec"),
            Set.of("koker.plan"),
            Set.of("koker.trace"),
            Set.of("koker.guide"),
            Set.of("koker.kernel"));

    private static final Path CLASSES = Path.of("target/classes");
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Pattern REFERENCE = Pattern.compile("(?<![\\w/])L?((?:koker|com/sun/jna)(?:/[a-z]+)*)/[A-Z]");

    /** Packages, and those that their classes refer to. */
    private static TreeMap<String, Set<String>> references() throws IOException {
        var references = new TreeMap<String, Set<String>>();
        for (var file : files(CLASSES, ".class")) {
            var used = references.computeIfAbsent(packageOf(CLASSES, file), _ -> new TreeSet<>());
            for (var entry : ClassFile.of().parse(file).constantPool()) {
                if (entry instanceof Utf8Entry text) {
                    REFERENCE
                            .matcher(text.stringValue())
                            .results()
                            .forEach(match -> used.add(match.group(1).replace('/', '.')));
                }
            }
        }
        return references;
    }

    @Test
    void aPackageUsesOnlyThoseBelowIt() throws IOException {
        var upward = new ArrayList<String>();
        var references = references();
        references.forEach((user, all) -> all.stream()
                .filter(used -> used.startsWith("koker") && !used.equals(user) && floor(used) <= floor(user))
                .forEach(used -> upward.add(user + " uses " + used)));
        assertTrue(references.get("koker.plan").contains("koker.kernel"), "no reference was found at all");
        assertEquals(List.of(), upward);
    }

    @Test
    void everyPackageHasItsFloor() throws IOException {
        references().keySet().forEach(ArchitectureTest::floor);
    }

    @Test
    void onlyTheKernelPackageKnowsJna() throws IOException {
        var users = references().entrySet().stream()
                .filter(entry -> entry.getValue().stream().anyMatch(used -> used.startsWith("com.sun.jna")))
                .map(entry -> entry.getKey())
                .toList();
        assertEquals(List.of("koker.kernel"), users);
    }

    @Test
    void everyPackageSaysWhatItIsFor() throws IOException {
        var missing = files(SOURCES, ".java").stream()
                .map(Path::getParent)
                .distinct()
                .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
                .toList();
        assertEquals(List.of(), missing);
    }

    @Test
    void noClassIsCalledUtils() throws IOException {
        var utils = files(CLASSES, ".class").stream()
                .map(file -> file.getFileName().toString().replaceAll("\\.class$|\\$.*", ""))
                .filter(name -> name.matches(".*(Utils?|Helpers?)"))
                .collect(Collectors.toSet());
        assertEquals(Set.of(), utils);
    }

    private static int floor(String name) {
        for (var i = 0; i < FLOORS.size(); i++) {
            if (FLOORS.get(i).contains(name)) {
                return i;
            }
        }
        throw new AssertionError("the package " + name + " has no place in the order of packages");
    }

    private static String packageOf(Path root, Path file) {
        return root.relativize(file).getParent().toString().replace('/', '.');
    }

    private static List<Path> files(Path root, String suffix) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(suffix) && file.startsWith(root.resolve("koker")))
                    .toList();
        }
    }
}
