package koker.it;

import static koker.it.RawTar.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import koker.image.Tar;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Layers made to do harm. Each is refused in one line, or kept inside its own folder: a tree beside koker's, at which they aim by
 * every name it has, is the same afterwards, and so is the layer that they lie on.
 */
@Timeout(60)
class HostileLayerIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final String UP = "../../../../../../../../../../../../../..";

    /** The images that were made so far: each needs a name of its own. */
    private static int images;

    private static Set<String> known;

    private Path canary;

    /**
     * A layer.
     *
     * @param refusal what koker says, or null if the layer can be used
     * @param check what is true in a container that uses it, for a shell
     */
    private record Case(String name, byte[] archive, String refusal, String check) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case refused(String name, RawTar archive, String why) {
        return new Case(name, archive.bytes(), why, "");
    }

    private static Case kept(String name, RawTar archive, String check) {
        return new Case(name, archive.bytes(), null, check);
    }

    private static RawTar tar() {
        return new RawTar();
    }

    private static String victim() {
        return host.work().resolve("canary").toString();
    }

    private static String pathIn(String folder) {
        return UP + victim() + folder;
    }

    static Stream<Case> names() {
        return Stream.of(
                refused("up and out", tar().file(pathIn("/file"), "x"), "outside the layer"),
                refused("out from below", tar().file("a/b/../../../canary", "x"), "outside the layer"),
                refused("the folder above", tar().folder(".."), "outside the layer"),
                refused("out with dots between", tar().file("./.././x", "x"), "outside the layer"),
                refused("out with slashes", tar().file("//..//x", "x"), "outside the layer"),
                refused("out by PAX", tar().pax("path=../x").file("harmless", "x"), "outside the layer"),
                refused("out by a long name", tar().longName("../x\0").file("harmless", "x"), "outside the layer"),
                kept("absolute", tar().file(victim() + "/file", "mine"), "[ $(cat " + victim() + "/file) = mine ]"),
                refused("empty", tar().file("", "x"), "replace the layer itself"),
                refused("the root as a file", tar().file(".", "x"), "replace the layer itself"),
                refused("the root as a link", tar().link(".", victim()), "replace the layer itself"),
                refused(
                        "the root as a device",
                        tar().add(header("/.", '4').device("10", "0")),
                        "replace the layer itself"),
                kept("the root as a folder", tar().add(header("/", '5').mode("0000700")), "[ -d / ]"),
                refused("zero byte in a long name", tar().longName("a\0b\0").file("x", ""), "zero byte"),
                refused("zero byte in a PAX name", tar().pax("path=a\0/../b").file("x", ""), ""),
                refused("zero byte in a link", tar().pax("linkpath=a\0b").link("x", "y"), ""),
                refused(
                        "a name too long",
                        tar().longName("n".repeat(256) + "\0").file("x", ""),
                        "File name too long"),
                refused(
                        "a path too long",
                        tar().longName("12345/".repeat(900) + "x\0").file("x", ""),
                        "File name too long"),
                kept("a deep path", tar().longName("d/".repeat(1500) + "x\0").file("x", ""), "[ -d /d/d/d/d/d/d ]"),
                kept("slashes at the end", tar().file("dir///", ""), "[ -d /dir ]"),
                kept(
                        "no UTF-8",
                        tar().file("bytes-\377\376", "y"),
                        "[ $(cat /bytes-*) = y ] && echo /bytes-* | od -b | grep -q '377 376'"),
                kept(
                        "no UTF-8 by PAX",
                        tar().pax("path=pax-\377\376").file("x", "y"),
                        "echo /pax-* | od -b | grep -q '377 376'"),
                kept("control characters", tar().file("a\n\033[31mb\\", "z"), "[ $(cat /a*b*) = z ]"));
    }

    static Stream<Case> links() {
        return Stream.of(
                refused("file through a link out", tar().link("l", victim()).file("l/file", "x"), "no folder"),
                refused("folder through a link out", tar().link("l", victim()).folder("l/new/er"), "no folder"),
                kept("link far up", tar().link("l", UP).file("l/kept", "in"), "[ $(cat /kept) = in ]"),
                kept(
                        "link up by steps",
                        tar().folder("a").link("a/b", "..").link("c", "a/b/..").file("c/kept", "in"),
                        "[ -e /kept ]"),
                refused("links in a circle", tar().link("a", "b").link("b", "a").file("a/x", ""), "Too many levels"),
                refused("link to itself", tar().link("a", "a").file("a/x", ""), "Too many levels"),
                refused("link with an empty target", tar().link("a", ""), "No such file"),
                refused(
                        "link with an endless target",
                        tar().pax("linkpath=" + "x".repeat(5000)).link("a", ""),
                        "File name too long"),
                refused(
                        "folder replaced by a link out",
                        tar().folder("d").file("d/ok", "").link("d", victim()).file("d/file", "x"),
                        "no folder"),
                kept(
                        "link replaced by a folder",
                        tar().link("d", victim()).folder("d").file("d/file", "x"),
                        "[ -d /d ] && [ ! -L /d ]"),
                kept(
                        "link replaced by a file",
                        tar().link("l", victim() + "/file").file("l", "x"),
                        "[ ! -L /l ]"),
                kept(
                        "modes and owners through a link",
                        tar().add(header("l", '2')
                                .link(victim() + "/file")
                                .mode("0006777")
                                .put(108, "0001750")),
                        "[ -L /l ]"),
                kept(
                        "attributes through a link",
                        tar().pax("SCHILY.xattr.user.a=b").link("l", victim() + "/file"),
                        "[ -L /l ]"),
                refused("hard link up and out", tar().hardLink("h", pathIn("/file")), "outside the layer"),
                refused("hard link to the host's file", tar().hardLink("h", victim() + "/file"), "does not have"),
                refused(
                        "hard link through a link out",
                        tar().link("l", victim()).hardLink("h", "l/file"),
                        "does not have"),
                kept(
                        "hard link to a link out",
                        tar().link("l", victim() + "/file").hardLink("h", "l").file("l", "x"),
                        "[ -L /h ]"),
                refused("hard link to itself", tar().hardLink("h", "h"), "does not have"),
                kept("hard link to itself, made before", tar().file("h", "x").hardLink("h", "h"), "[ $(cat /h) = x ]"),
                refused("hard link to a folder", tar().folder("d").hardLink("h", "d"), "the folder"),
                refused("hard link to the root", tar().hardLink("h", "."), "the folder"),
                refused("hard link to a whiteout", tar().file(".wh.gone", "").hardLink("h", "gone"), "does not have"),
                refused(
                        "hard link in place of what it needs",
                        tar().file("d/x", "").hardLink("d", "d/x"),
                        "replace what it is a hard link to"),
                refused(
                        "hard link to what is below a file",
                        tar().file("f", "").hardLink("h", "f/x"),
                        "does not have"));
    }

    static Stream<Case> whiteouts() {
        return Stream.of(
                refused("of nothing", tar().file("etc/.wh.", ""), "whiteout of nothing"),
                refused("of the folder", tar().file("etc/.wh..", ""), "whiteout of nothing"),
                refused("of the folder above", tar().file("etc/.wh...", ""), "whiteout of nothing"),
                refused("up and out", tar().file(UP + victim() + "/.wh.file", ""), "outside the layer"),
                refused("through a link out", tar().link("l", victim()).file("l/.wh.file", ""), "no folder"),
                kept("through a link to the root", tar().link("l", UP).file("l/.wh.home", ""), "[ ! -e /home ]"),
                kept("as a hard link", tar().hardLink(".wh.home", "nothing"), "[ ! -e /home ]"),
                refused("opaque through a link out", tar().link("l", victim()).file("l/.wh..wh..opq", ""), "no folder"),
                refused("opaque below a file", tar().file("f", "").file("f/.wh..wh..opq", ""), "no folder"),
                kept("opaque as a folder", tar().folder("home/.wh..wh..opq/"), "[ -d /home ]"),
                refused("what aufs had, and out", tar().file(".wh..wh.plnk/../../x", ""), "outside the layer"),
                kept("what aufs had", tar().file(".wh..wh.plnk/x", ""), "[ ! -e /.wh..wh.plnk ]"),
                kept(
                        "by a device of the archive's",
                        tar().add(header("home", '3').device("0", "0")),
                        "[ ! -e /home ]"),
                kept(
                        "opaque by an attribute",
                        tar().pax("SCHILY.xattr.trusted.overlay.opaque=y").folder("etc"),
                        "[ -e /etc/passwd ]"),
                kept(
                        "redirect by an attribute",
                        tar().pax("SCHILY.xattr.trusted.overlay.redirect=/etc").folder("new"),
                        "[ -z \"$(ls /new)\" ]"),
                kept(
                        "opaque by a user's attribute",
                        tar().pax("SCHILY.xattr.user.overlay.opaque=y").folder("etc"),
                        "[ -e /etc/passwd ]"));
    }

    static Stream<Case> kinds() {
        return Stream.of(
                kept(
                        "the host's disk",
                        tar().add(header("disk", '4').device("10", "0")),
                        "[ -b /disk ] && ! head -c 1 /disk 2>/dev/null"),
                kept(
                        "the machine's memory",
                        tar().add(header("mem", '3').device("1", "1")),
                        "[ -c /mem ] && ! head -c 1 /mem 2>/dev/null"),
                refused(
                        "a device that cannot be",
                        tar().add(header("n", '3').device("7777777", "1")),
                        "none that Linux has"),
                refused("a FIFO as a folder", tar().add(header("p", '6')).file("p/x", "y"), "no folder"),
                kept(
                        "a FIFO in place of which comes a file",
                        tar().add(header("p", '6')).file("p", "y"),
                        "[ $(cat /p) = y ]"),
                kept(
                        "a device in place of which comes a file",
                        tar().add(header("n", '3').device("1", "5")).file("n", "y"),
                        "[ -f /n ]"),
                kept(
                        "a folder in place of which comes a file",
                        tar().file("d/e/f", "").file("d", "y"),
                        "[ $(cat /d) = y ]"),
                kept(
                        "a file in place of which comes a folder",
                        tar().file("f", "").folder("f").file("f/x", "y"),
                        "[ $(cat /f/x) = y ]"),
                refused("a file as a folder", tar().file("f", "").file("f/x", "y"), "no folder"),
                refused("a kind that there is not", tar().add(header("z", 'Z')), "type"),
                kept(
                        "set-user-ID on anything",
                        tar().add(header("d", '5').mode("0006755"))
                                .add(header("p", '6').mode("0006755"))
                                .add(header("su", '0').mode("0004755")),
                        "[ $(stat -c %a /d) = 6755 ] && [ $(stat -c %a /su) = 4755 ]"),
                kept("a name that is a folder's and a file's by turns", repeated(300), "[ $(cat /f) = 299 ]"));
    }

    private static RawTar repeated(int times) {
        var tar = tar();
        for (var i = 0; i < times; i++) {
            tar.folder("f").folder("f/" + i).file("f", Integer.toString(i));
        }
        return tar;
    }

    static Stream<Case> numbers() {
        var negative = new byte[12];
        Arrays.fill(negative, (byte) 0xff);
        return Stream.of(
                refused("a negative size", tar().add(header("f", '0').put(124, negative)), ""),
                refused("a negative size by PAX", tar().pax("size=-5").file("f", ""), ""),
                refused("a size that is not there", tar().add(header("f", '0').size(1L << 32)), ""),
                refused("a size that is no number", tar().add(header("f", '0').put(124, "zzzzzzzzzzz")), ""),
                refused(
                        "a negative user",
                        tar().add(header("f", '0').put(108, Arrays.copyOf(negative, 8))),
                        "none that Linux has"),
                refused("a user that means none", tar().pax("uid=4294967295").file("f", ""), "none that Linux has"),
                refused("a group beyond all", tar().pax("gid=99999999999").file("f", ""), "none that Linux has"),
                kept("a time beyond all", tar().pax("mtime=99999999999999").file("f", "x"), "[ -e /f ]"),
                kept("a time before all", tar().pax("mtime=-99999999999999.5").file("f", "x"), "[ -e /f ]"),
                refused(
                        "a time that would take years to read",
                        tar().pax("mtime=1e999999999").file("f", ""),
                        ""),
                kept(
                        "a mode with other bits",
                        tar().add(header("f", '0').mode("7777777")),
                        "[ $(stat -c %a /f) = 7777 ]"),
                new Case("a wrong checksum", damaged(), "checksum", ""),
                refused(
                        "sparse parts that overlap",
                        tar().pax("GNU.sparse.size=100", "GNU.sparse.map=0,50,40,50")
                                .file("f", "x".repeat(100)),
                        ""),
                refused(
                        "sparse parts beyond the end",
                        tar().pax("GNU.sparse.size=100", "GNU.sparse.map=1000,50")
                                .file("f", "x".repeat(50)),
                        ""),
                refused(
                        "negative sparse parts",
                        tar().pax("GNU.sparse.size=100", "GNU.sparse.map=-5,50").file("f", "x".repeat(50)),
                        ""),
                refused(
                        "more sparse data than there is",
                        tar().pax("GNU.sparse.size=100000", "GNU.sparse.map=0,100000")
                                .file("f", "x"),
                        ""),
                refused(
                        "attribute without a name",
                        tar().pax("SCHILY.xattr.user.=x").file("f", ""),
                        ""),
                refused(
                        "attribute with an endless name",
                        tar().pax("SCHILY.xattr.user." + "n".repeat(300) + "=x").file("f", ""),
                        ""),
                refused(
                        "capabilities that are none",
                        tar().pax("SCHILY.xattr.security.capability=xyz").file("f", ""),
                        "Invalid argument"),
                kept(
                        "capabilities",
                        tar().pax("SCHILY.xattr.security.capability=\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
                                .file("f", ""),
                        "[ -e /f ]"),
                refused(
                        "a PAX record longer than its header",
                        tar().paxBytes("9999 path=x\n").file("f", ""),
                        ""),
                refused(
                        "a PAX record of no length",
                        tar().paxBytes("0 path=x\n").file("f", ""),
                        ""),
                refused(
                        "a PAX record of endless length",
                        tar().paxBytes("99999999999999999999 path=x\n").file("f", ""),
                        ""),
                refused("a PAX header without end", tar().paxBytes((3 << 20) + " comment=" + "x".repeat(3 << 20)), ""),
                refused("headers for headers", nested(), ""),
                new Case("no archive", random(), "", ""),
                new Case("a header cut off", Arrays.copyOf(tar().file("a", "b").open(), 700), "", ""),
                new Case(
                        "data cut off",
                        Arrays.copyOf(tar().file("a", "b".repeat(5000)).open(), 3000),
                        "",
                        ""));
    }

    private static byte[] damaged() {
        var archive = tar().file("a", "b").bytes();
        archive[0]++;
        return archive;
    }

    private static RawTar nested() {
        var tar = tar();
        for (var i = 0; i < 3000; i++) {
            tar.add(header("x", 'L'));
        }
        return tar.file("f", "");
    }

    private static byte[] random() {
        var bytes = new byte[10_000];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @BeforeAll
    static void noteLayers() {
        known = layers();
    }

    @BeforeEach
    void makeCanary() throws IOException {
        canary = Files.createDirectories(host.work().resolve("canary/folder")).getParent();
        Files.writeString(canary.resolve("file"), "untouched");
        Files.createSymbolicLink(canary.resolve("link"), Path.of("file"));
    }

    @ParameterizedTest
    @MethodSource({"names", "links", "whiteouts", "kinds", "numbers"})
    void staysInsideOrIsRefused(Case layer) throws IOException {
        var ended = use(ImageFolder.Stored.of(layer.archive(), layer.archive()), List.of(), layer.check());
        if (layer.refusal() == null) {
            assertEquals(List.of("kept"), ended.succeeded().lines());
        } else {
            assertRefused(ended, layer.refusal());
        }
    }

    @Test
    void bombs() throws IOException {
        var zeros = tar().add(header("zeros", '0').size(300 << 20))
                .raw(new byte[300 << 20])
                .bytes();
        for (var bomb : List.of(Tar.gzip(zeros), zstd(zeros))) {
            assertTrue(bomb.length < 1 << 20, "no bomb");
            assertRefused(use(bomb, zeros, "size=100m"), "larger than 104857600 bytes unpacked; if that is meant,");
        }
    }

    @Test
    void holesStayHoles() throws IOException {
        var folder = Files.createDirectory(host.work().resolve("sparse"));
        host.command(
                        "sh",
                        "-c",
                        "truncate -s 4G hole && echo data > mixed && truncate -s 8M mixed && echo more >> mixed")
                .in(folder)
                .run()
                .succeeded();
        for (var format : List.of("gnu", "pax")) {
            // Commons Compress reads sparse files of PAX up to 2 GiB, of GNU up to 8.
            var files = format.equals("gnu") ? List.of("hole", "mixed") : List.of("mixed");
            var archive = host.command("tar", "-cS", "--format", format, files)
                    .in(folder)
                    .run()
                    .succeeded()
                    .output();
            var check = "[ $(stat -c %b /mixed) -lt 64 ] && [ $(md5sum < /mixed | cut -c1-32) = "
                    + host.command("sh", "-c", "md5sum < mixed | cut -c1-32")
                            .in(folder)
                            .run()
                            .out()
                            .strip() + " ]"
                    + (files.contains("hole") ? " && [ $(stat -c '%s %b' /hole | tr -d ' ') = 42949672960 ]" : "");
            assertEquals(
                    List.of("kept"),
                    use(ImageFolder.Stored.of(archive, archive), List.of(), check)
                            .succeeded()
                            .lines());
        }
    }

    @Test
    void aMillionEntries() throws IOException {
        var many = tar();
        for (var i = 0; i < 1_000_000; i++) {
            many.add(header("f" + i, '0'));
        }
        var all = many.bytes();
        assertRefused(use(Tar.gzip(all), all, "entries=5000"), "more than 5000 entries");
        var deep = tar().longName("e/".repeat(1500) + "x\0").file("x", "").bytes();
        assertRefused(use(deep, deep, "entries=1000"), "more than 1000 entries");
    }

    @Test
    void aStreamCutOffAnywhere() throws IOException {
        var archive = tar().file("a", "b".repeat(50_000)).file("c", "d").bytes();
        for (var whole : List.of(Tar.gzip(archive), zstd(archive))) {
            for (var length : List.of(1, 5, 20, whole.length / 2, whole.length - 5, whole.length - 1)) {
                var cut = Arrays.copyOf(whole, length);
                assertRefused(use(cut, archive, "size=1g"), "");
            }
        }
        var damaged = Tar.gzip(archive);
        damaged[damaged.length / 2] ^= 0x10;
        assertRefused(use(damaged, archive, "size=1g"), "");
    }

    @Test
    void whatIsNotWhatItIsSaidToBe() throws IOException {
        var archive = tar().file("a", "b").bytes();
        var lie = "ab".repeat(32);
        var truth = ImageFolder.sha256(archive);
        assertRefused(
                use(new ImageFolder.Stored(archive, lie, truth), List.of(), ""), "has the digest sha256:" + truth);
        assertRefused(use(new ImageFolder.Stored(archive, truth, lie), List.of(), ""), "diff ID is sha256:" + truth);
    }

    @Test
    void aTreeDeeperThanPathsCanBe() throws IOException {
        // Each link leads a hundred folders below what the one before leads to.
        var tar = tar();
        var at = "";
        for (var i = 0; i < 30; i++) {
            var next = at + "d/".repeat(100);
            tar.longName(next).folder("").pax("linkpath=" + next).link("l" + i, "");
            at = "l" + i + "/";
        }
        var archive = tar.file(at + "bottom", "x").bytes();
        assertRefused(use(archive, archive, "size=1g"), "File name too long");
    }

    private Command.Ended use(byte[] stored, byte[] archive, String limits) throws IOException {
        return use(ImageFolder.Stored.of(stored, archive), List.of("--unpack-limit", limits), "true");
    }

    private Command.Ended use(ImageFolder.Stored layer, List<String> options, String check) throws IOException {
        var name = "hostile" + ++images;
        host.images().add(name, layer);
        var before = look();
        var ended = host.koker(
                        "-q", options, "run", "--rm", "--pull=never", name, "/bin/sh", "-c", check + " && echo kept")
                .run();
        assertEquals(before, look());
        assertEquals(
                List.of(),
                layers().stream().filter(each -> each.endsWith(".partial")).toList());
        return ended;
    }

    private static void assertRefused(Command.Ended ended, String why) {
        assertEquals(1, ended.errors().lines().count(), ended::errors);
        assertTrue(ended.errors().startsWith("koker: cannot unpack layer sha256:"), ended::errors);
        assertTrue(ended.errors().contains(why), ended::errors);
        assertTrue(ended.errors().length() < 600, ended::errors);
        assertEquals("", ended.out());
        assertEquals(125, ended.status());
    }

    /** All that can be seen of the canary, and of the layers that were here before. */
    private String look() {
        var folders = new ArrayList<String>(List.of(canary.toString()));
        known.forEach(layer ->
                folders.add(host.root().resolve("layers").resolve(layer).toString()));
        return host.command("find", folders, "-printf", "%p %y %m %U %G %s %n %T@ %C@ %l\\n")
                .run()
                .succeeded()
                .out();
    }

    private static Set<String> layers() {
        var names = new TreeSet<>(List.of(host.root().resolve("layers").toFile().list()));
        names.remove(".lock");
        return names;
    }

    private static byte[] zstd(byte[] bytes) {
        return host.command("zstd", "-q", "-c").input(bytes).run().output();
    }
}
