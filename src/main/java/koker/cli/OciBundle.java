package koker.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import koker.oci.Example;
import koker.oci.OciException;

/** {@code koker oci spec}. */
final class OciBundle {
    private OciBundle() {}

    /** Writes a config.json. */
    static void write(OciWords words) throws IOException {
        var file = words.path("bundle").orElse(Path.of("").toAbsolutePath()).resolve("config.json");
        try {
            Files.writeString(file, Example.json(words.has("rootless")), StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            throw new OciException("File " + file + " exists. Remove it first");
        }
    }
}
