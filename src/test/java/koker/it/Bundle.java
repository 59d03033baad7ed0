package koker.it;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** An OCI bundle with busybox in its root, whose config.json a test changes. */
record Bundle(Path folder) {
    private static final List<String> COMMANDS = List.of(
            "sh", "true", "sleep", "cat", "id", "ls", "stty", "kill", "echo", "ps", "readlink", "pwd", "env", "touch");

    /** Makes one that runs a shell; there is none at {@code folder} yet. */
    static Bundle make(Path folder) throws IOException {
        for (var inside : List.of("bin", "proc", "dev", "sys", "tmp", "etc")) {
            Files.createDirectories(folder.resolve("rootfs").resolve(inside));
        }
        Files.copy(Path.of("/bin/busybox"), folder.resolve("rootfs/bin/busybox"));
        for (var command : COMMANDS) {
            Files.createSymbolicLink(folder.resolve("rootfs/bin").resolve(command), Path.of("busybox"));
        }
        var bundle = new Bundle(folder);
        bundle.write(JsonParser.parseString("""
                {
                  "ociVersion": "1.2.0",
                  "process": {
                    "user": {"uid": 0, "gid": 0},
                    "args": ["sh"],
                    "env": ["PATH=/usr/bin:/bin", "TERM=xterm"],
                    "cwd": "/",
                    "capabilities": {
                      "bounding": ["CAP_KILL", "CAP_SYS_ADMIN"],
                      "effective": ["CAP_KILL"],
                      "permitted": ["CAP_KILL"]
                    }
                  },
                  "root": {"path": "rootfs"},
                  "hostname": "bundle",
                  "mounts": [
                    {"destination": "/proc", "type": "proc", "source": "proc"},
                    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
                    {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
                     "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]}
                  ],
                  "linux": {
                    "namespaces": [
                      {"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}
                    ]
                  }
                }
                """).getAsJsonObject());
        return bundle;
    }

    /** The same, which runs a command. */
    Bundle running(String... command) throws IOException {
        return with("process", "args", array(command));
    }

    /** The same, which runs a script of the shell. */
    Bundle script(String text) throws IOException {
        return running("sh", "-c", text);
    }

    /** The same, whose field {@code name} in the object {@code part} is {@code value}. */
    Bundle with(String part, String name, JsonElement value) throws IOException {
        return changed(all -> all.getAsJsonObject(part).add(name, value));
    }

    /** The same, changed. */
    Bundle changed(Consumer<JsonObject> change) throws IOException {
        var all = JsonParser.parseString(Files.readString(config())).getAsJsonObject();
        change.accept(all);
        write(all);
        return this;
    }

    /** The file config.json. */
    Path config() {
        return folder.resolve("config.json");
    }

    /** A list of texts. */
    static JsonArray array(String... texts) {
        var array = new JsonArray();
        for (var text : texts) {
            array.add(new JsonPrimitive(text));
        }
        return array;
    }

    private void write(JsonObject all) throws IOException {
        Files.writeString(config(), all.toString());
    }
}
