package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What there is, by its name alone, whatever it is; and how much of it. */
class InspectIT {
    @RegisterExtension
    static final Host host = new Host();

    @AfterEach
    void removeAll() {
        host.removeContainers();
    }

    private static String id(String kind, String name) {
        return host.ok(kind, "inspect", "-f", "{{.Id}}", name);
    }

    @Test
    void whatHasTheNameIsShown() {
        host.ok("create", "--name", "web", "busybox", "true");
        assertEquals(id("container", "web"), host.ok("inspect", "-f", "{{.Id}}", "web"));
        assertEquals(id("container", "web"), host.ok("inspect", "-f", "{{.Id}}", id("container", "web")));
        assertEquals(id("image", "busybox"), host.ok("inspect", "-f", "{{.Id}}", "busybox"));
        assertEquals("default", host.ok("inspect", "-f", "{{.Name}}", "default"));
        var all = JsonParser.parseString(host.ok("inspect", "web", "busybox", "default"))
                .getAsJsonArray();
        assertEquals(3, all.size());
        assertEquals(host.ok("container", "inspect", "web"), host.ok("inspect", "web"));
    }

    @Test
    void aContainerComesFirstUnlessTheUserSaysWhatItIs() {
        host.ok("create", "--name", "busybox", "busybox", "true");
        assertEquals(id("container", "busybox"), host.ok("inspect", "-f", "{{.Id}}", "busybox"));
        assertEquals(id("image", "busybox"), host.ok("inspect", "--type", "image", "-f", "{{.Id}}", "busybox"));
        assertEquals(1, host.quiet("inspect", "--type", "network", "busybox").status());
    }

    @Test
    void whatIsNotThereDoesNotKeepTheOthersFromBeingShown() {
        for (var command : List.of("inspect", "image inspect")) {
            var ended = host.quiet(List.of(command.split(" ")), "-f", "{{.Os}}", "nobody", "busybox");
            assertEquals(1, ended.status());
            assertEquals("linux\n", ended.out());
            assertEquals(1, ended.errors().lines().count(), ended::errors);
            assertTrue(ended.errors().contains("'nobody'; see: koker "), ended::errors);
        }
        host.ok("create", "--name", "web", "busybox", "true");
        var ended = host.quiet("container", "inspect", "-f", "{{.Name}}", "nobody", "web");
        assertEquals("1 web\n", ended.status() + " " + ended.out());
    }

    @Test
    void aBeginningOfTwoIdsIsToldToBeThat() {
        var beginnings = new HashSet<String>();
        var last = "";
        do {
            last = host.ok("create", "busybox", "true").substring(0, 1);
        } while (beginnings.add(last));
        var ended = host.quiet("inspect", last);
        assertEquals(1, ended.status());
        assertEquals("koker: '" + last + "' is the beginning of 2 containers' IDs; give more of it\n", ended.errors());
    }

    @Test
    void whatThereIsIsCounted() {
        var counts = "{{.Containers}} {{.ContainersRunning}} {{.ContainersPaused}} {{.ContainersStopped}} {{.Images}}";
        assertEquals("0 0 0 0 1", host.ok("info", "-f", counts));
        host.ok("create", "busybox", "true");
        host.ok("run", "-d", "--name", "up", "busybox", "sleep", "1000");
        host.ok("run", "-d", "--name", "paused", "busybox", "sleep", "1000");
        host.ok("pause", "paused");
        assertEquals("3 1 1 1 1", host.ok("info", "-f", counts));
        assertTrue(host.ok("info").contains("Containers: 3\n Running: 1\n Paused: 1\n Stopped: 1\nImages: 1\n"));
        assertEquals(host.root().toString(), host.ok("info", "-f", "{{.DockerRootDir}}"));
        assertTrue(JsonParser.parseString(host.ok("info", "--format", "json"))
                        .getAsJsonObject()
                        .get("MemTotal")
                        .getAsLong()
                > 1 << 20);
        host.ok("unpause", "paused");
    }
}
