package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code koker oci exec}: how a further process differs from the container's own, and what engines are told when there is none. */
@Timeout(120)
class OciExecIT {
    private static final int FAILED = 255;

    @RegisterExtension
    static final Host host = new Host();

    private OciLab lab;

    @BeforeEach
    void makeBundle() throws IOException {
        lab = OciLab.on(host);
        lab.bundle().running("sleep", "1000");
    }

    @AfterEach
    void removeAll() throws IOException {
        lab.close();
    }

    private void start() {
        lab.create().run().succeeded();
        lab.oci("start", "c").run().succeeded();
    }

    private Command.Ended exec(Object... words) {
        return lab.oci("exec", Command.words(words)).run();
    }

    /** A folder of PATH may stand there twice, and the command in another one. */
    @Test
    void theLastFolderOfThePathMayStandThereEarlier() throws IOException {
        var only = lab.bundle().folder().resolve("rootfs/usr/bin/only");
        Files.createDirectories(only.getParent());
        Files.writeString(only, "#!/bin/sh\necho here\n");
        Files.setPosixFilePermissions(only, PosixFilePermissions.fromString("rwxr-xr-x"));
        lab.bundle().changed(all -> {
            var process = all.getAsJsonObject("process");
            process.add("env", Bundle.array("PATH=/bin:/usr/bin:/bin"));
        });
        start();
        assertEquals("here\n", exec("c", "only").succeeded().out());
        lab.oci("delete", "--force", "c").run().succeeded();
        lab.bundle().running("only");
        assertEquals("here\n", lab.run().succeeded().out());
    }
}
