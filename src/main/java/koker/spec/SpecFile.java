package koker.spec;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The file config.json of a bundle (OCI runtime-spec 1.2, bundle.md), and others that hold parts of one. */
public final class SpecFile {
    /** Bytes; what engines write has some ten thousand. */
    private static final long MOST = 16 << 20;

    private SpecFile() {}

    /**
     * Reads the config.json of the folder {@code bundle}.
     *
     * @throws SpecException if it is missing, damaged, or no description of a container
     */
    public static Spec read(Path bundle) {
        var file = bundle.resolve("config.json");
        var spec = parse(file, text(file), Spec.class);
        check(file, () -> SpecCheck.check(spec));
        return spec;
    }

    /**
     * Reads a file that describes a process alone, as config.json does as {@code process}.
     *
     * @throws SpecException if it is missing, damaged, or no description of a process
     */
    public static Spec.Process readProcess(Path file) {
        var process = parse(file, text(file), Spec.Process.class);
        check(file, () -> SpecCheck.check(process));
        return process;
    }

    /**
     * The limits that {@code json} describes, as config.json does as {@code linux.resources}; {@code source} is where it comes from.
     *
     * @throws SpecException if it is damaged, or no description of limits
     */
    public static Spec.Resources readResources(Path source, String json) {
        var resources = parse(source, json, Spec.Resources.class);
        check(source, () -> SpecCheck.check("", resources));
        return resources;
    }

    /** Writes {@code spec} as the config.json of the folder {@code bundle}, all of it or nothing. */
    public static void write(Path bundle, Spec spec) throws IOException {
        var next = bundle.resolve("config.json.new");
        Files.writeString(next, JsonRecords.write(spec));
        Files.move(
                next,
                bundle.resolve("config.json"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static String text(Path file) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new SpecException(file + ": cannot be read: it is no file");
            }
            if (Files.isRegularFile(file) && Files.size(file) > MOST) {
                throw new SpecException(file + ": is larger than " + (MOST >> 20) + " MiB, which no description is");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new SpecException(
                    file.endsWith("config.json")
                            ? file + ": no such file; a bundle is a folder with a config.json"
                            : file + ": no such file");
        } catch (CharacterCodingException e) {
            throw new SpecException(file + ": damaged: it is not in UTF-8");
        } catch (IOException e) {
            throw new SpecException(file + ": cannot be read: " + e.getMessage());
        }
    }

    private static <T extends Record> T parse(Path file, String json, Class<T> type) {
        try {
            var record = JsonRecords.read(json, type);
            if (record == null) {
                throw new SpecException(file + ": damaged: the file is empty");
            }
            return record;
        } catch (JsonParseException e) {
            throw new SpecException(file + ": damaged: " + reason(e));
        }
    }

    private static void check(Path file, Runnable check) {
        try {
            check.run();
        } catch (SpecException e) {
            throw new SpecException(file + ": " + e.getMessage());
        }
    }

    private static String reason(Exception e) {
        var message = e.getMessage() == null ? "" : e.getMessage();
        return message.lines().findFirst().orElse("no JSON");
    }
}
