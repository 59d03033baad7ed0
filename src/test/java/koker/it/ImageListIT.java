package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import koker.image.Tar;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images are listed, shown, named and unnamed. */
@Timeout(120)
class ImageListIT {
    @RegisterExtension
    static final Host host = new Host();

    @BeforeAll
    static void makeImages() throws IOException {
        var images = host.images();
        images.add("red", Map.of("Labels", Map.of("colour", "red", "a.b", "c d"), "Env", List.of("A=<1>")));
        images.add("team/blue", Map.of("Labels", Map.of("colour", "blue"), "Entrypoint", List.of("/x")));
        images.add("layered", new Tar(0, 0).file("a", "1"), new Tar(0, 0).file("b", "2"));
    }

    /** Names that the tests gave. */
    @AfterEach
    void removeNames() {
        for (var name : List.of("team/red:1", "team/red:2", "other/blue:x", "fifth:1")) {
            host.koker("-q", "rmi", name).run();
        }
    }

    private static List<String> koker(Object... words) {
        return host.koker(Command.words(words)).run().succeeded().lines();
    }

    private static String refused(int status, Object... words) {
        var ended = host.koker(Command.words(words)).run();
        assertEquals(status, ended.status(), ended::errors);
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().startsWith("koker: "), ended::errors);
        return ended.errors();
    }

    private static List<String> names(Object... filters) {
        return koker("images", "--format", "{{.Repository}}:{{.Tag}}", List.of(filters)).stream()
                .sorted()
                .toList();
    }

    private static String id(String name) {
        return koker("image", "inspect", "-f", "{{.Id}}", name).getFirst();
    }

    @Test
    void columnsAreAligned() {
        var lines = koker("image", "ls");
        assertEquals(5, lines.size(), lines::toString);
        var header = lines.getFirst();
        assertTrue(header.matches("REPOSITORY +TAG +IMAGE ID +CREATED +SIZE"), header);
        for (var line : lines.subList(1, lines.size())) {
            assertTrue(line.matches("\\S+ +latest +[0-9a-f]{12} +\\d+ \\w+ ago +[0-9.]+[kM]?B"), line);
            assertEquals(header.indexOf("TAG"), line.indexOf("latest"), line);
        }
        assertEquals(lines, koker("images", "-a"));
        assertTrue(koker("images", "--digests").getFirst().matches("REPOSITORY +TAG +DIGEST +IMAGE ID +CREATED +SIZE"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            label=colour                | red:latest team/blue:latest
            label=colour=red            | red:latest
            label=a.b=c d               | red:latest
            label=color                 |
            label!=colour               | busybox:latest layered:latest
            reference=red               | red:latest
            reference=*ed                | layered:latest red:latest
            reference=team/*            | team/blue:latest
            reference=*/*:latest        | team/blue:latest
            reference=docker.io/library/busybox:* | busybox:latest
            dangling=true               |
            until=1h                    | busybox:latest layered:latest red:latest team/blue:latest
            until=2001-02-03            |
            since=busybox               |
            """)
    void filtersChoose(String filter, String names) {
        assertEquals(names == null ? List.of() : List.of(names.split(" ")), names("--filter", filter));
    }

    @Test
    void filtersAreAllObeyed() {
        assertEquals(List.of("team/blue:latest"), names("--filter", "label=colour", "--filter", "reference=team/*"));
        assertEquals(List.of("red:latest"), names("red"));
        assertTrue(refused(125, "images", "--filter", "before=nosuch").contains("no image 'nosuch'"));
    }

    @Test
    void formatsAreJsonTemplatesAndTables() {
        var json = JsonParser.parseString(
                        koker("images", "--format", "json", "red").getFirst())
                .getAsJsonObject();
        assertEquals("red", json.get("Repository").getAsString());
        assertEquals(12, json.get("ID").getAsString().length());
        assertTrue(json.get("Size").getAsString().endsWith("MB"));
        var table = koker("images", "--format", "table {{.Repository}}\\t{{.Tag}}", "red");
        assertEquals(List.of("REPOSITORY   TAG", "red          latest"), table);
        assertTrue(refused(125, "images", "--format", "{{.Nothing}}").contains("no field 'Nothing'; there are: ID,"));
    }

    @Test
    void anImageIsInspected() {
        var all = JsonParser.parseString(String.join("\n", koker("image", "inspect", "red", "busybox")))
                .getAsJsonArray();
        assertEquals(2, all.size());
        var red = all.get(0).getAsJsonObject();
        assertEquals("[\"red:latest\"]", red.get("RepoTags").toString());
        assertEquals("linux", red.get("Os").getAsString());
        var config = red.getAsJsonObject("Config");
        assertEquals("[\"A=<1>\"]", config.get("Env").toString());
        assertEquals("[]", config.get("Entrypoint").toString());
        assertEquals("red", config.getAsJsonObject("Labels").get("colour").getAsString());
        assertEquals(1, red.getAsJsonObject("RootFS").getAsJsonArray("Layers").size());
        assertEquals(
                List.of("[\"A=<1>\"]", "[\"/x\"]"),
                List.of(
                        koker("image", "inspect", "-f", "{{json .Config.Env}}", "red")
                                .getFirst(),
                        koker("image", "inspect", "-f", "{{json .Config.Entrypoint}}", "team/blue")
                                .getFirst()));
    }

    @Test
    void whatIsMissingDoesNotHideTheRest() {
        var ended = host.koker("image", "inspect", "nosuch", "red").run();
        assertEquals(1, ended.status());
        assertEquals("koker: no image 'nosuch'; see: koker image ls\n", ended.errors());
        assertEquals(1, JsonParser.parseString(ended.out()).getAsJsonArray().size());
        assertEquals(
                new JsonArray(),
                JsonParser.parseString(
                        host.koker("image", "inspect", "nosuch").run().out()));
    }

    @Test
    void historyShowsEachLayer() {
        var lines = koker("history", "layered");
        assertTrue(lines.getFirst().matches("IMAGE +CREATED +CREATED BY +SIZE +COMMENT"), lines::toString);
        assertEquals(4, lines.size(), "two layers without history are below busybox's, which has one");
        assertTrue(lines.get(1).startsWith(id("layered").substring(7, 19)), lines::toString);
        assertTrue(lines.get(2).startsWith("<missing>"), lines::toString);
        assertEquals(List.of(id("layered"), "<missing>", "<missing>"), koker("history", "-q", "--no-trunc", "layered"));
        assertEquals(
                "made from Debian's busybox-static",
                koker("image", "history", "--format", "{{.CreatedBy}}", "busybox")
                        .getFirst());
        assertTrue(refused(125, "history", "nosuch").contains("no image 'nosuch'"));
    }

    @Test
    void aTagIsAnotherName() {
        koker("tag", "red", "team/red:1");
        assertEquals(id("red"), id("team/red:1"));
        koker("image", "tag", id("red").substring(7, 19), "team/red:2");
        assertEquals(List.of("red:latest", "team/red:1", "team/red:2"), names("--filter", "label=colour=red"));
        assertEquals(
                "[\"red:latest\",\"team/red:1\",\"team/red:2\"]",
                koker("image", "inspect", "-f", "{{json .RepoTags}}", "red").getFirst());
        assertEquals(List.of("Untagged: team/red:1"), koker("rmi", "team/red:1"));
        assertEquals(List.of("red:latest", "team/red:2"), names("--filter", "label=colour=red"));
    }

    @Test
    void aTagIsTakenFromTheImageThatHadIt() {
        koker("tag", "red", "fifth:1");
        koker("tag", "team/blue", "fifth:1");
        assertEquals(id("team/blue"), id("fifth:1"));
        assertEquals(List.of("red:latest"), names("--filter", "label=colour=red"));
        assertTrue(refused(125, "tag", "nosuch", "x").contains("no image 'nosuch'"));
        assertTrue(refused(125, "tag", "red", "x@sha256:" + "0".repeat(64)).contains("has a digest"));
    }

    @Test
    void whatComesWithKokerCanBeTagged() throws IOException {
        var fresh = host.work().resolve("fresh");
        host.kokerAt(fresh, "tag", "busybox", "box:1").run().succeeded();
        var listed = host.kokerAt(fresh, "images", "--format", "{{.Repository}}")
                .run()
                .succeeded();
        assertEquals(List.of("box", "busybox"), listed.lines().stream().sorted().toList());
        assertTrue(Files.exists(fresh.resolve("images/index.json")));
    }

    @Test
    void severalAreRemovedAtOnceByWhateverTheyAreCalled() {
        koker("tag", "red", "team/red:1");
        koker("tag", "team/blue", "other/blue:x");
        var ended = host.koker("rmi", "team/red:1", "nosuch", "other/blue:x").run();
        assertEquals(1, ended.status());
        assertEquals(List.of("Untagged: team/red:1", "Untagged: other/blue:x"), ended.lines());
        assertEquals("koker: no image 'nosuch'; see: koker image ls\n", ended.errors());
        koker("tag", "red", "team/red:1");
        assertTrue(refused(1, "rmi", id("red").substring(7, 19)).contains("several names: red:latest, team/red:1"));
    }

    @Test
    void whatAContainerUsesIsNotRemoved() {
        koker("-q", "run", "--name", "user", "red", "busybox", "true");
        try {
            assertTrue(refused(1, "rmi", "red").contains("in use by container user; remove that first"));
        } finally {
            koker("-q", "container", "rm", "user");
        }
        assertEquals(List.of("red:latest"), names("red"));
    }

    @Test
    void whatOtherToolsDoToTheLayoutIsSeen() throws IOException {
        var layout = host.root().resolve("images");
        var before = names();
        host.command("umoci", "tag", "--image", layout + ":docker.io/library/red:latest", "umoci/red")
                .run();
        assertNotEquals(before, names());
        assertTrue(names().contains("umoci/red:latest"), () -> names().toString());
        host.command("umoci", "rm", "--image", layout + ":umoci/red").run().succeeded();
        assertEquals(before, names());
        host.command(
                        "skopeo",
                        "--insecure-policy",
                        "copy",
                        "-q",
                        "oci:" + layout + ":docker.io/library/red:latest",
                        "oci:" + layout + ":skopeo/red:5")
                .run();
        assertEquals(id("red"), id("skopeo/red:5"));
        assertEquals(
                List.of("c d"), koker("image", "inspect", "-f", "{{index .Config.Labels \"a.b\"}}", "skopeo/red:5"));
        koker("rmi", "skopeo/red:5");
        assertEquals(before, names());
        assertFalse(refused(125, "history", "skopeo/red:5").isEmpty());
    }
}
