package koker.dist;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Makes one jar of the program and the libraries, with only the classes that can be reached.
 *
 * <p>A jar of its own beats a class path of ten: each costs an open and a check at every start.
 */
final class ShadedJar {
    /** Kept whole, as they are used by reflection too. Of everything else only what these reach is taken along. */
    private static final List<String> WHOLE =
            List.of("koker/", "picocli/", "com/sun/jna/", "com/google/gson/", "org/tinylog/", "org/freedesktop/dbus/");

    private static final Renaming SILENCED =
            new Renaming(Pattern.compile("java/util/logging/(Logger|Level)"), "koker/dist/Silence");

    private static final Pattern VERSIONED = Pattern.compile("META-INF/versions/(\\d+)/(.*)");
    private static final Pattern TYPE_NAME = Pattern.compile("L([\\w$/]+)[;<]");

    private final Map<String, byte[]> entries = new TreeMap<>();

    /** Reads the program's classes, and then the libraries. */
    static ShadedJar of(Path classes, List<Path> libraries) throws IOException {
        var jar = new ShadedJar();
        for (var library : libraries) {
            jar.addLibrary(library);
        }
        try (var files = Files.walk(classes)) {
            for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                jar.entries.put(classes.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        jar.keepReachable();
        var upgrade = new ClassFileUpgrade(jar.entries);
        jar.entries.replaceAll((name, bytes) -> name.endsWith(".class") ? upgrade.upgrade(bytes) : bytes);
        return jar;
    }

    private void addLibrary(Path library) throws IOException {
        var versions = new TreeMap<Integer, Map<String, byte[]>>();
        try (var zip = new ZipFile(library.toFile())) {
            for (var entry : zip.stream().toList()) {
                var versioned = VERSIONED.matcher(entry.getName());
                var version = versioned.matches() ? Integer.parseInt(versioned.group(1)) : 0;
                var name = versioned.matches() ? versioned.group(2) : entry.getName();
                if (version <= Runtime.version().feature() && isWanted(name)) {
                    var content = zip.getInputStream(entry).readAllBytes();
                    var bytes = name.startsWith("com/sun/jna/") ? SILENCED.apply(content) : content;
                    versions.computeIfAbsent(version, v -> new TreeMap<>()).put(name, bytes);
                }
            }
        }
        // The classes for this Java replace the general ones, so the runtime need not look for versions.
        versions.values()
                .forEach(some -> some.forEach((name, bytes) -> entries.merge(
                        name, bytes, name.startsWith("META-INF/services/") ? ShadedJar::lines : (a, b) -> b)));
    }

    private static boolean isWanted(String name) {
        return name.endsWith(".class") && !name.endsWith("-info.class") || name.matches("META-INF/services/[^/]+");
    }

    private static byte[] lines(byte[] first, byte[] second) {
        return (text(first) + "\n" + text(second)).getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void keepReachable() {
        var todo = new ArrayDeque<String>();
        entries.keySet().stream()
                .filter(name -> name.endsWith(".class") && WHOLE.stream().anyMatch(name::startsWith))
                .forEach(todo::add);
        var reached = new HashSet<>(todo);
        while (!todo.isEmpty()) {
            for (var name : mentioned(entries.get(todo.pop()))) {
                if (entries.containsKey(name) && reached.add(name)) {
                    todo.add(name);
                }
            }
        }
        entries.keySet().removeIf(name -> name.endsWith(".class") && !reached.contains(name));
    }

    private static Set<String> mentioned(byte[] bytes) {
        var names = new HashSet<String>();
        for (var constant : ClassFile.of().parse(bytes).constantPool()) {
            switch (constant) {
                case ClassEntry type -> names.add(type.asInternalName() + ".class");
                case Utf8Entry descriptor ->
                    TYPE_NAME
                            .matcher(descriptor.stringValue())
                            .results()
                            .forEach(found -> names.add(found.group(1) + ".class"));
                default -> {}
            }
        }
        return names;
    }

    /** Writes the jar without compression: the whole is compressed later, and better. */
    void write(Path file) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.setMethod(ZipOutputStream.STORED);
            for (var entry : entries.entrySet()) {
                var crc = new CRC32();
                crc.update(entry.getValue());
                var header = new ZipEntry(entry.getKey());
                header.setTimeLocal(Dist.TIME_OF_ALL_FILES.toLocalDateTime());
                header.setSize(entry.getValue().length);
                header.setCrc(crc.getValue());
                zip.putNextEntry(header);
                zip.write(entry.getValue());
            }
        }
        Files.write(file, bytes.toByteArray());
    }
}
