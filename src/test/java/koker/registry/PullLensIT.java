package koker.registry;

import static koker.registry.TestImages.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import koker.image.Digest;
import koker.kernel.Errno;
import koker.plan.StoreStep;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The steps of a pull: stopped at, made to fail, left out, recorded. Whatever happens, nothing is half done, and the next pull works. */
@Timeout(120)
class PullLensIT {
    private static final Pattern STOP = Pattern.compile("\\d+  on the host, image\\R   (\\S+ \\S+)");
    private static final List<String> LAYER =
            List.of("Fetch blob", "Keep blob", "Make layer", "Unpack layer", "Keep layer");

    private static Path folder;
    private static TestImages images;
    private static String manifest;

    private FakeRegistry registry;
    private Client client;

    @BeforeAll
    static void makeImage() throws Exception {
        folder = Client.workFolder("lens");
        images = new TestImages(folder.resolve("source"));
        manifest = images.image(
                "small",
                images.layer("mkdir bin; cp /bin/busybox bin/sh"),
                images.layer("mkdir data; echo second > data/file"));
    }

    @AfterAll
    static void removeImage() throws Exception {
        run("rm -rf " + folder);
    }

    @BeforeEach
    void begin() throws IOException {
        registry = new FakeRegistry(images, manifest, (_, _, _) -> false);
        client = new Client(folder);
    }

    @AfterEach
    void end() throws IOException {
        registry.close();
        client.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ask-registry=ECONNREFUSED | Ask registry manifest=…      |           | nobody listens there; check the name and the port, …
            ask-registry=ENETUNREACH  | Ask registry manifest=…      |           | no way leads to the registry; see: ip route
            ask-registry=ETIMEDOUT    | Ask registry manifest=…      |           | no answer came, …
            fetch-blob=ECONNREFUSED   | Fetch blob digest=… size=…   |           | nobody listens there any more; …
            fetch-blob#2=ECONNRESET   | Fetch blob digest=… size=…   |           | the connection broke off; pull again, and it goes on from there
            fetch-blob#3=ENOSPC       | Fetch blob digest=… size=…   |           | the disk of the state folder is full; …
            keep-blob=EROFS           | Keep blob digest=…           | renameat2 | the state folder is on a file system that cannot be written to; …
            keep-blob#4=EIO           | Keep blob digest=…           | renameat2 | the disk of the state folder does not answer as it should; see: dmesg
            make-layer-folder=EDQUOT  | Make layer folder path=…     | mkdirat   | the disk of the state folder is full; …
            make-layer-folder#2=EEXIST | Make layer folder path=…    | mkdirat   | what another koker had half unpacked there could not be removed; …
            mkdirat=EACCES            | Make layer folder path=…     | mkdirat   | the state folder belongs to somebody else; …
            unpack-layer=ENOMEM       | Unpack layer layer=…         |           | the kernel has no memory left; see: free
            unpack-layer#2=EMFILE     | Unpack layer layer=…         |           | too many files are open; …
            keep-layer=ENOENT         | Keep layer layer=…           | renameat2 | somebody has removed it meanwhile; pull the image again
            keep-layer#2=ENOTEMPTY    | Keep layer layer=…           | renameat2 | somebody else has put something there; …
            name-image=EPERM          | Name image image=…           | renameat2 | the state folder belongs to somebody else; …
            """)
    void aFaultIsExplainedAndLeavesNothingHalfDone(String fault, String step, String call, String advice)
            throws Exception {
        var errno = Errno.valueOf(fault.split("=")[1]);
        var refusal = client.refused("-q", "--fail", fault, "pull", registry.image());
        var expected = "koker: (cannot unpack layer sha256:\\w+: )?"
                + Pattern.quote(step + ": " + (call == null ? "" : call + ": ") + errno.meaning() + " (" + errno + "); "
                                + advice)
                        .replace("…", "\\E.*\\Q");
        assertTrue(refusal.matches(expected), refusal);
        nothingIsHalfDone();
        theNextPullWorks();
    }

    @Test
    void whatFailsIsNotAskedOfTheRegistry() throws Exception {
        client.refused("--fail", "ask-registry=ETIMEDOUT", "pull", registry.image());
        assertEquals(List.of(), registry.asked);
        client.refused("pull", "--fail", "fetch-blob#2=ECONNRESET", registry.image());
        assertEquals(1, registry.times("/blobs/"));
        client.good("pull", registry.image());
        assertEquals(3, registry.times("/blobs/"), "something was fetched twice");
    }

    /** One after the other, though without a lens several threads make them. */
    @Test
    void eachStepIsStoppedAtInOrder() throws Exception {
        var ended = client.typing("\n".repeat(50), "-q", "--step", "pull", registry.image());
        assertEquals(0, ended.status(), ended.out());
        assertEquals(
                List.of("Ask registry", "Keep blob", "Fetch blob", "Keep blob"),
                stops(ended).subList(0, 4));
        assertEquals(LAYER, stops(ended).subList(4, 9));
        assertEquals(LAYER, stops(ended).subList(9, 14));
        assertEquals(
                List.of("Name image"), stops(ended).subList(14, stops(ended).size()));
        assertTrue(ended.out().contains("     renameat2(AT_FDCWD, \""), ended.out());
        ended = client.typing("\n", "-q", "--step", "pull", registry.image());
        assertEquals(List.of("Ask registry", "Name image"), stops(ended), "all was here");
    }

    @Test
    void namedStepsAndPhasesAreStoppedAt() throws Exception {
        var ended = client.typing("b unpack-layer\ne\nc\n", "-q", "--step", "pull", registry.image());
        assertEquals(List.of("Ask registry", "Unpack layer"), stops(ended), ended.out());
        assertTrue(ended.out().contains("Read on: OCI image specification, layer.md"), ended.out());
        assertEquals(0, ended.status(), ended.out());
        run("rm -r " + client.root);
        ended = client.typing(
                "n\nc\n", "-q", "--step", "run", "--rm", "--network", "none", registry.image(), "sh", "-c", ":");
        assertTrue(ended.out().contains("step> \r\n16  "), ended.out());
        assertEquals(List.of("Ask registry"), stops(ended), "all of it is one phase");
        removeLocks();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ask-registry",
                "fetch-blob",
                "keep-blob",
                "make-layer-folder",
                "unpack-layer",
                "keep-layer",
                "name-image"
            })
    void whoLeavesLeavesNothingHalfDone(String step) throws Exception {
        var typed = step.equals("ask-registry") ? "q\n" : "b " + step + "\nq\n";
        var ended = client.typing(typed, "-q", "--step", "pull", registry.image());
        assertEquals(125, ended.status(), ended.out());
        assertTrue(ended.out().contains(": left before step "), ended.out());
        assertTrue(ended.out().contains(": what has come is kept for the next pull"), ended.out());
        nothingIsHalfDone();
        theNextPullWorks();
    }

    @Test
    void aTerminalIsNeeded() throws Exception {
        run("setsid -w " + System.getProperty("koker.binary") + " --root " + client.root + " --step pull "
                + registry.image() + " 2>&1 | grep -F -- '--step needs a terminal'");
        assertEquals(List.of(), registry.asked);
    }

    @Test
    void anImageWithoutItsNameIsThereAndNotFound() throws Exception {
        var ended = client.koker("pull", "--skip", "name-image", registry.image());
        assertEquals(125, ended.status());
        assertTrue(
                ended.err().contains("WRN Left out: Name image: all of it is here, but no name leads to it"),
                ended::err);
        assertTrue(ended.err().contains(" has no name here: "), ended::err);
        assertEquals(4, blobs().size());
        assertFalse(client.good("images").out().contains("fake"));
        client.good("image", "prune", "-f");
        assertEquals(List.of(), blobs());
        assertEquals("", run("find " + client.root + "/layers -mindepth 1 -type d"));
        theNextPullWorks();
    }

    @Test
    void whatOtherStepsNeedCannotBeLeftOut() throws Exception {
        for (var step : StoreStep.NAMES.subList(0, 6)) {
            var refusal = client.refused("--skip", step, "pull", registry.image());
            assertTrue(refusal.contains("the step " + step + " cannot be left out: "), refusal);
        }
        assertEquals(List.of(), registry.asked);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --fail | clone=EPERM         | there is no step 'clone' to fail; there are: ask-registry fetch-blob
            --fail | openat2=EIO         | there is no call 'openat2' to fail; there are: renameat2 mkdirat
            --fail | fetch-blobs=EIO     | there is no step 'fetch-blobs'; did you mean fetch-blob
            --skip | set-hostname        | there is no step 'set-hostname' to leave out; there are: ask-registry
            """)
    void whatNoPullHasIsRefusedBeforeTheRegistryIsAsked(String option, String value, String reason) throws Exception {
        var refusal = client.refused("pull", option, value, registry.image());
        assertTrue(refusal.contains(reason), refusal);
        assertEquals(List.of(), registry.asked);
        assertFalse(Files.exists(client.root.resolve("images")));
    }

    @Test
    void aStepThatNeverCameIsTold() throws Exception {
        var pulled = client.good("pull", "--fail", "keep-blob#9=EIO", registry.image());
        assertTrue(pulled.err().contains("there was no step keep-blob#9 to change"), pulled::err);
    }

    /** It has to start itself again to pull fast. */
    @Test
    void aRunThatPullsIsLookedAtAllTheWay() throws Exception {
        var image = registry.image();
        var refusal = client.refused("-q", "--fail", "fetch-blob#2=ECONNRESET", "run", image, "true");
        assertTrue(refusal.startsWith("koker: cannot make a container: Fetch blob digest="), refusal);
        refusal = client.refused("-q", "--skip", "name-image", "run", image, "true");
        assertTrue(refusal.contains(" has no name here: "), refusal);
        run("rm -r " + client.root);
        refusal = client.refused("-q", "--fail", "enter-root=EPERM", "run", "--network", "none", image, "true");
        assertTrue(refusal.contains(": Enter root "), refusal);
        run("rm -r " + client.root);
        var stepped = client.typing(
                "b unpack-layer\nb enter-root\nc\n",
                "-q",
                "--step",
                "run",
                "--rm",
                "--network",
                "none",
                image,
                "sh",
                "-c",
                "'echo it runs'");
        assertEquals(List.of("Ask registry", "Unpack layer"), stops(stepped), stepped.out());
        assertTrue(stepped.out().contains("   Enter root rootfs="), stepped.out());
        assertTrue(stepped.out().endsWith("step> it runs\r\n"), stepped.out());
        removeLocks();
    }

    @Test
    void whatIsOnlyPlannedCanFailToo() throws Exception {
        var refusal = client.refused("pull", "--dry-run", "--fail", "ask-registry=EHOSTUNREACH", registry.image());
        assertTrue(refusal.startsWith("koker: Ask registry manifest="), refusal);
        assertEquals(List.of(), registry.asked);
    }

    @Test
    void theStepsAreRecorded() throws Exception {
        var file = client.folder.resolve("trace");
        client.good("-q", "--trace", file.toString(), "pull", registry.image());
        var made = new TreeSet<String>();
        for (var line : Files.readAllLines(file)) {
            var event = JsonParser.parseString(line).getAsJsonObject();
            if (event.has("phase") && event.get("phase").getAsString().equals("image")) {
                made.add(event.get("name").getAsString());
            } else if (event.has("level")) {
                made.add(event.get("text").getAsString());
            }
        }
        assertTrue(
                made.containsAll(List.of(
                        "Ask registry",
                        "Fetch blob",
                        "keep-blob",
                        "make-layer-folder",
                        "Unpack layer",
                        "unpack-layer",
                        "keep-layer",
                        "name-image")),
                made::toString);
        client.refused("-q", "--trace", file.toString(), "pull", "--fail", "ask-registry=ETIMEDOUT", registry.image());
        var shown = client.good("trace", "show", file.toString()).out();
        assertTrue(shown.contains("FAILED: Ask registry manifest=" + registry.image() + ": ETIMEDOUT"), shown);
        assertTrue(client.good("trace", "html", file.toString()).out().contains("Ask registry"));
    }

    private static List<String> stops(Client.Ended ended) {
        return STOP.matcher(ended.out()).results().map(stop -> stop.group(1)).toList();
    }

    /** Blobs that came may be kept, if they are true; but there is no name, and no layer that is not complete. */
    private void nothingIsHalfDone() throws Exception {
        for (var blob : blobs()) {
            assertEquals(
                    "sha256:" + blob.getFileName(),
                    Digest.sha256(Files.readAllBytes(blob)).toString());
        }
        assertFalse(client.good("images").out().contains("fake"));
        assertEquals("", run("find " + client.root + " -name '*.json*' -o -path '*/layers/*.partial'"));
    }

    private void theNextPullWorks() throws Exception {
        client.good("pull", registry.image());
        assertTrue(client.good("images").out().contains("fake"));
        assertEquals("second\n", run("cat " + client.root + "/layers/*/data/file"));
    }

    /** Who has run a container has left the folders for its locks. */
    private void removeLocks() throws Exception {
        run("rm -r /run/koker" + client.root);
    }

    private List<Path> blobs() throws IOException {
        var blobs = client.root.resolve("images/blobs/sha256");
        if (!Files.exists(blobs)) {
            return List.of();
        }
        try (var all = Files.list(blobs)) {
            return all.toList();
        }
    }
}
