package koker.spec;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The file config.json of a bundle (OCI runtime-spec 1.2, bundle.md). */
public final class SpecFile {
    private SpecFile() {}

    /**
     * Reads the config.json of the folder {@code bundle}.
     *
     * @throws SpecException if it is missing, damaged, or no description of a container
     */
    public static Spec read(Path bundle) {
        var file = bundle.resolve("config.json");
        try {
            var spec = JsonRecords.read(Files.readString(file), Spec.class);
            check(file, spec);
            return spec;
        } catch (NoSuchFileException e) {
            throw new SpecException(file + ": no such file; a bundle is a folder with a config.json");
        } catch (IOException e) {
            throw new SpecException(file + ": cannot be read: " + e.getMessage());
        } catch (JsonParseException | NumberFormatException e) {
            throw new SpecException(file + ": damaged: " + reason(e));
        }
    }

    /** Writes {@code spec} as the config.json of the folder {@code bundle}. */
    public static void write(Path bundle, Spec spec) throws IOException {
        Files.writeString(bundle.resolve("config.json"), JsonRecords.write(spec));
    }

    private static void check(Path file, Spec spec) {
        if (spec == null) {
            throw new SpecException(file + ": damaged: the file is empty");
        }
        need(file, "ociVersion", spec.ociVersion());
        need(file, "root", spec.root());
        need(file, "root.path", spec.root().path());
        need(file, "process", spec.process());
        need(file, "process.user", spec.process().user());
        need(file, "process.cwd", spec.process().cwd());
        need(file, "linux", spec.linux());
        if (spec.process().args().isEmpty()) {
            throw new SpecException(file + ": process.args is empty; it names the command to run");
        }
        if (!spec.process().cwd().startsWith("/")) {
            throw new SpecException(file + ": process.cwd is not an absolute path: "
                    + spec.process().cwd());
        }
        for (var mount : spec.mounts()) {
            need(file, "mounts[].destination", mount.destination());
            if (!mount.destination().startsWith("/")) {
                throw new SpecException(
                        file + ": a mount's destination is not an absolute path: " + mount.destination());
            }
        }
    }

    private static void need(Path file, String field, Object value) {
        if (value == null) {
            throw new SpecException(file + ": " + field + " is missing");
        }
    }

    private static String reason(Exception e) {
        var cause = e.getCause() == null ? e : e.getCause();
        return cause.getMessage().lines().findFirst().orElse("no JSON");
    }
}
