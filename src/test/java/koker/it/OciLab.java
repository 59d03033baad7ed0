package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** {@code koker oci} with a bundle of its own, and a root for its state below that of {@code host}. */
record OciLab(Host host, Bundle bundle) implements AutoCloseable {
    static OciLab on(Host host) throws IOException {
        return new OciLab(host, Bundle.make(host.root().resolve("bundle")));
    }

    /** Adds members to the object {@code path} of config.json, which is made if it is missing; "" for the whole. */
    OciLab add(String path, String members) throws IOException {
        bundle.changed(all -> {
            var object = all;
            for (var name : path.isEmpty() ? List.<String>of() : List.of(path.split("\\."))) {
                if (!object.has(name)) {
                    object.add(name, new JsonObject());
                }
                object = object.getAsJsonObject(name);
            }
            for (var member : JsonParser.parseString("{" + members + "}")
                    .getAsJsonObject()
                    .entrySet()) {
                object.add(member.getKey(), member.getValue());
            }
        });
        return this;
    }

    Command oci(Object... words) {
        return host.command(Host.KOKER, "oci", "--root", host.root().resolve("oci"), Command.words(words));
    }

    Command.Ended run(Object... options) {
        return oci("run", "--bundle", bundle.folder(), Command.words(options), "c")
                .run();
    }

    /** Creates the container; its process has no streams of the test's, which would wait for their end. */
    Command create(Object... globals) {
        return host.command(
                "sh",
                "-c",
                "\"$@\" </dev/null >/dev/null 2>\"$0\"; status=$?; cat \"$0\" >&2; exit $status",
                host.work().resolve("errors"),
                Host.KOKER,
                "oci",
                "--root",
                host.root().resolve("oci"),
                Command.words(globals),
                "create",
                "--bundle",
                bundle.folder(),
                "c");
    }

    String status() {
        return JsonParser.parseString(oci("state", "c").run().succeeded().out())
                .getAsJsonObject()
                .get("status")
                .getAsString();
    }

    /** Removes the container, if there is one, and the bundle. */
    @Override
    public void close() throws IOException {
        var kept = host.root().resolve("oci").resolve("c");
        if (Files.exists(kept)) {
            oci("delete", "--force", "c").run();
        }
        try (var files = Files.walk(bundle.folder())) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        assertEquals(false, Files.exists(kept), "the state is gone");
    }
}
