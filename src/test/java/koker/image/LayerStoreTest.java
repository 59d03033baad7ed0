package koker.image;

import static koker.image.TestLayout.named;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import koker.kernel.Argument;
import koker.kernel.Call;
import koker.kernel.Event;
import koker.kernel.Kernel;
import koker.kernel.SystemCall;
import koker.plan.Lens;
import koker.plan.Runner;
import koker.trace.Trace;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerStoreTest {
    private static final ImageReference NAME = ImageReference.parse("x");

    @TempDir
    Path temp;

    private TestLayout layout;
    private ImageStore images;
    private final ConcurrentLinkedQueue<Event> calls = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void setUp() throws IOException {
        layout = new TestLayout(temp.resolve("images"));
        images = new ImageStore(layout.folder, Optional.empty(), TestLayout.KERNEL, TestLayout.runner());
        Files.writeString(temp.resolve("outside"), "untouched");
    }

    private LayerStore layers() {
        var kernel = new Kernel(calls::add);
        var trace = new Trace(Trace.Detail.QUIET);
        return new LayerStore(
                temp.resolve("layers"),
                images,
                kernel,
                trace,
                UnpackLimits.DEFAULT,
                new Runner(kernel, trace, Lens.CLEAR));
    }

    private Image image(byte[]... archives) throws IOException {
        var manifest = layout.image("x", named("x"), archives);
        layout.list(manifest);
        var digest = Descriptor.of(Json.parse(TestLayout.utf8(manifest))).digest();
        return images.find(ImageReference.parse("x@" + digest)).orElseThrow();
    }

    private Path unpack(Tar tar) throws IOException {
        return layers().unpack(image(tar.bytes())).getFirst();
    }

    private String refuse(byte[] archive) throws IOException {
        var image = image(archive);
        var message =
                assertThrows(ImageException.class, () -> layers().unpack(image)).getMessage();
        assertEquals(1, message.lines().count(), message);
        assertEquals("untouched", Files.readString(temp.resolve("outside")));
        assertNothingLeft();
        return message;
    }

    private void assertNothingLeft() throws IOException {
        try (var left = Files.list(temp.resolve("layers"))) {
            assertEquals(
                    List.of(".lock"), left.map(p -> p.getFileName().toString()).toList());
        }
    }

    private static int mode(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
    }

    private static Instant modified(Path path) throws IOException {
        return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant();
    }

    /** The system calls {@code name} that were made, as a trace shows them. */
    private List<String> calls(SystemCall system) {
        return calls.stream()
                .filter(event -> event.call().operation() == system)
                .map(Event::show)
                .toList();
    }

    private List<Call> xattrs() {
        return calls.stream()
                .map(Event::call)
                .filter(call -> call.operation() == SystemCall.LSETXATTR || call.operation() == SystemCall.SETXATTR)
                .toList();
    }

    private static String text(Argument argument) {
        return new String(((Argument.Name) argument).bytes(), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Argument argument) {
        return ((Argument.Data) argument).bytes();
    }

    private static int type(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 0170000;
    }

    private static long device(Path path) throws IOException {
        return (long) Files.getAttribute(path, "unix:rdev", LinkOption.NOFOLLOW_LINKS);
    }

    @Test
    void unpacksExactly() throws IOException {
        var root = unpack(new Tar()
                .folder("./", 0750)
                .folder("tmp", 01777)
                .folder("sealed", 0555)
                .file("sealed/x", "inside")
                .file("bin/su", "program", 04755)
                .file("bin/write", "program", 02711)
                .hardLink("bin/su2", "./bin/su")
                .link("sh", "bin/su")
                .link("broken", "../../nowhere"));
        assertEquals(0750, mode(root));
        assertEquals(01777, mode(root.resolve("tmp")));
        assertEquals(0555, mode(root.resolve("sealed")));
        assertEquals("inside", Files.readString(root.resolve("sealed/x")));
        assertEquals(04755, mode(root.resolve("bin/su")));
        assertEquals(02711, mode(root.resolve("bin/write")));
        assertEquals(0755, mode(root.resolve("bin")));
        assertTrue(Files.isSameFile(root.resolve("bin/su"), root.resolve("bin/su2")));
        assertEquals(
                "../../nowhere", Files.readSymbolicLink(root.resolve("broken")).toString());
        for (var path : new String[] {"", "tmp", "sealed", "sealed/x", "bin/su", "sh", "broken"}) {
            assertEquals(Tar.MODIFIED, modified(root.resolve(path)), path);
        }
    }

    @Test
    void keepsOwners() throws IOException {
        assumeTrue(Account.UID == 0, "only root can give files away");
        var root = unpack(
                new Tar(1234, 5678).folder("d", 0755).file("d/f", "", 06755).link("l", "d"));
        for (var path : new String[] {"d", "d/f", "l"}) {
            assertEquals(1234, Files.getAttribute(root.resolve(path), "unix:uid", LinkOption.NOFOLLOW_LINKS), path);
            assertEquals(5678, Files.getAttribute(root.resolve(path), "unix:gid", LinkOption.NOFOLLOW_LINKS), path);
        }
        assertEquals(06755, mode(root.resolve("d/f")));
    }

    @Test
    void keepsTimesToTheNanosecond() throws IOException {
        var root = unpack(new Tar()
                .pax(TestLayout.utf8("30 mtime=1700000000.123456789\n"))
                .file("f", ""));
        assertEquals(Instant.ofEpochSecond(1_700_000_000, 123_456_789), modified(root.resolve("f")));
    }

    @Test
    void nodes() throws IOException {
        var root = unpack(new Tar()
                .node("fifo", TarConstants.LF_FIFO, 0, 0)
                .node("null", TarConstants.LF_CHR, 1, 3)
                .node("disk", TarConstants.LF_BLK, 259, 300));
        assertEquals(FileStatus.FIFO, type(root.resolve("fifo")));
        assertEquals(FileStatus.CHARACTER_DEVICE, type(root.resolve("null")));
        assertEquals(FileStatus.BLOCK_DEVICE, type(root.resolve("disk")));
        assertEquals(0x103, device(root.resolve("null")));
        assertEquals(0x11032c, device(root.resolve("disk")));
        assertEquals(0640, mode(root.resolve("fifo")));
    }

    @Test
    void timesBefore1970() throws IOException {
        var root = unpack(new Tar()
                .add(
                        "old",
                        TarConstants.LF_NORMAL,
                        "",
                        entry -> entry.setLastModifiedTime(FileTime.from(Instant.ofEpochSecond(-5)))));
        assertEquals(Instant.ofEpochSecond(-5), modified(root.resolve("old")));
    }

    @Test
    void linksThatJavaWouldTidy() throws IOException {
        unpack(new Tar().link("l", "a//b/"));
        assertTrue(calls(SystemCall.SYMLINKAT).getFirst().startsWith("symlinkat(\"a//b/\", "));
    }

    @Test
    void keepsFileCapabilitiesByteForByte() throws IOException {
        byte[] value = {1, 0, 0, 2, (byte) 0x80, 0, 0, (byte) 0xff, '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        var records = new ByteArrayOutputStream();
        for (var name : new String[] {"security.capability", "user.x", "trusted.overlay.opaque", "security.selinux"}) {
            var key = "SCHILY.xattr." + name + "=";
            int length = key.length() + value.length + 2;
            length += String.valueOf(length + 2).length();
            records.writeBytes((length + " " + key).getBytes(StandardCharsets.US_ASCII));
            records.writeBytes(value);
            records.write('\n');
        }
        unpack(new Tar()
                .file("before", "x")
                .pax(records.toByteArray())
                .file("ping", "x".repeat(700))
                .file("after", ""));
        assertEquals(
                List.of("security.capability", "user.x"),
                xattrs().stream()
                        .map(call -> text(call.arguments().get(1)))
                        .sorted()
                        .toList());
        var ping = calls.stream()
                .filter(event -> event.show().contains("\"ping\", O_WRONLY|O_CREAT"))
                .findFirst()
                .orElseThrow();
        for (var xattr : xattrs()) {
            assertArrayEquals(value, bytes(xattr.arguments().get(2)));
            assertEquals(
                    "/proc/self/fd/" + ping.result(), text(xattr.arguments().getFirst()));
        }
    }

    @Test
    void whiteouts() throws IOException {
        unpack(new Tar()
                .file("a/.wh.gone", "")
                .file("b/.wh..wh..opq", "")
                .file("c", "stays")
                .file(".wh.c", "")
                .folder("d", 0755)
                .file(".wh.d", "")
                .file(".wh.e", "")
                .folder("e", 0755)
                .file(".wh..wh.plnk/x", "")
                .file(".wh..wh.aufs", ""));
        var nodes = calls.stream()
                .map(Event::call)
                .filter(call -> call.operation() == SystemCall.MKNODAT)
                .map(call -> Path.of(text(call.arguments().get(1))))
                .toList();
        assertEquals(
                List.of("gone", "c", "d", "e"),
                nodes.stream().map(n -> n.getFileName().toString()).toList());
        assertEquals(3, xattrs().size(), "of b, d and e");
        assertTrue(xattrs().stream()
                .allMatch(x -> text(x.arguments().get(1)).equals("trusted.overlay.opaque")
                        && bytes(x.arguments().get(2))[0] == 'y'));
        var root = temp.resolve("layers")
                .resolve(images.find(NAME)
                        .orElseThrow()
                        .layers()
                        .getFirst()
                        .diffId()
                        .hex());
        assertTrue(Files.isDirectory(root.resolve("e")));
        assertEquals("stays", Files.readString(root.resolve("c")));
        assertFalse(Files.exists(root.resolve(".wh..wh.plnk")));
    }

    @Test
    void theLaterOfTwoEntriesCounts() throws IOException {
        var root = unpack(new Tar()
                .file("a", "1")
                .hardLink("b", "a")
                .file("a", "2")
                .folder("d", 0755)
                .file("d/x", "")
                .file("d", "file")
                .link("l", "a")
                .folder("l", 0755)
                .file("l/y", "y")
                .hardLink("a", "a"));
        assertEquals("2", Files.readString(root.resolve("a")));
        assertEquals("1", Files.readString(root.resolve("b")));
        assertEquals("file", Files.readString(root.resolve("d")));
        assertEquals("y", Files.readString(root.resolve("l/y")));
    }

    @Test
    void followsLinksAsAContainerWould() throws IOException {
        var root = unpack(new Tar()
                .folder("usr/lib", 0755)
                .link("lib", "usr/lib")
                .link("abs", "/usr/../usr/./lib")
                .link("usr/up", "../usr")
                .link("usr/out", "../../../..")
                .file("lib/x", "1")
                .file("abs/new/y", "2")
                .file("usr/up/z", "3")
                .file("usr/out/outside", "4")
                .hardLink("usr/up/h", "abs/new/y"));
        assertEquals("1", Files.readString(root.resolve("usr/lib/x")));
        assertEquals("2", Files.readString(root.resolve("usr/lib/new/y")));
        assertEquals("3", Files.readString(root.resolve("usr/z")));
        assertEquals("4", Files.readString(root.resolve("outside")));
        assertEquals("2", Files.readString(root.resolve("usr/h")));
        assertEquals("untouched", Files.readString(temp.resolve("outside")));
    }

    @Test
    void foldersKeepTheirTimeWhateverComesLater() throws IOException {
        var tar = new Tar().folder("usr/lib", 0755).folder("usr", 0755).link("lib", "usr/lib");
        // More folders than are kept open, each filled before, between and after others.
        for (var round = 0; round < 2; round++) {
            for (var i = 0; i < 200; i++) {
                tar.file("many/" + i + "/f" + round, "x").file("lib/f" + i + round, "y");
                tar.folder("many/" + i, 0700);
            }
        }
        var root = unpack(tar.folder("many", 0711).folder("", 0750).file("lib/last", ""));
        for (var name : List.of("", "usr", "usr/lib", "many", "many/0", "many/150", "many/199")) {
            assertEquals(Tar.MODIFIED, modified(root.resolve(name)), name);
        }
        assertEquals(0750, mode(root));
        assertEquals(0700, mode(root.resolve("many/3")));
        assertEquals(0711, mode(root.resolve("many")));
    }

    @Test
    void absoluteNamesAreTheLayersOwn() throws IOException {
        var root =
                unpack(new Tar().file(temp.resolve("outside").toString(), "x").file("/a/../b", "y"));
        assertEquals("untouched", Files.readString(temp.resolve("outside")));
        assertEquals("y", Files.readString(root.resolve("b")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../outside", "a/../../outside", "../../outside", "/../outside", "./../outside", "..", "a/../.."
            })
    void refusesNamesThatLeadOutside(String name) throws IOException {
        assertTrue(refuse(new Tar().file(name, "x").bytes()).contains("outside the layer"));
        assertTrue(refuse(new Tar().folder(name, 0777).bytes()).contains("outside the layer"));
        assertTrue(refuse(new Tar().link(name, "x").bytes()).contains("outside the layer"));
        assertTrue(refuse(new Tar().file("f", "").hardLink("l", name).bytes()).contains("outside the layer"));
        assertTrue(refuse(new Tar().file(name + "/.wh.x", "").bytes()).contains("outside the layer"));
        assertTrue(refuse(new Tar().file(name + "/.wh..wh..opq", "").bytes()).contains("outside the layer"));
    }

    @Test
    void refusesLinksThatLeadToNoFolder() throws IOException {
        assertTrue(refuse(new Tar().link("l", "missing").file("l/x", "").bytes())
                .contains("\"l\" on its way is no folder"));
        assertTrue(
                refuse(new Tar().link("a", "b").link("b", "a").file("a/x", "").bytes())
                        .contains("Too many levels of symbolic links"));
    }

    @Test
    void aLinkAtTheEndIsReplacedNotFollowed() throws IOException {
        var target = temp.resolve("outside").toString();
        var root = unpack(new Tar()
                .link("l", target)
                .file("l", "x")
                .link("m", target)
                .hardLink("n", "m")
                .file("m", "y"));
        assertEquals("x", Files.readString(root.resolve("l")));
        assertEquals("y", Files.readString(root.resolve("m")));
        assertTrue(Files.isSymbolicLink(root.resolve("n")));
        assertEquals("untouched", Files.readString(temp.resolve("outside")));
    }

    @Test
    void aFolderTurnedLinkIsNoLongerTrusted() throws IOException {
        var root = unpack(
                new Tar().folder("d", 0755).file("d/ok", "").link("d", "../..").file("d/outside", "x"));
        assertEquals("x", Files.readString(root.resolve("outside")));
        assertEquals("untouched", Files.readString(temp.resolve("outside")));
    }

    @Test
    void refusesWhatMakesNoSense() throws IOException {
        assertTrue(refuse(new Tar().hardLink("a", "missing").bytes()).contains("does not have"));
        assertTrue(
                refuse(new Tar().folder("d", 0755).hardLink("a", "d").bytes()).contains("folder"));
        assertTrue(refuse(new Tar().file("f", "").file("f/x", "").bytes()).contains("no folder"));
        assertTrue(refuse(new Tar().file(".wh.", "").bytes()).contains("whiteout of nothing"));
        assertTrue(refuse(new Tar().file("d/.wh...", "").bytes()).contains("whiteout of nothing"));
        assertTrue(refuse(new Tar().file(".", "").bytes()).contains("the layer itself"));
        assertTrue(refuse(new Tar().link("./", "x").bytes()).contains("the layer itself"));
        assertTrue(refuse(new Tar().file("a\n\u001b[31m" + "b".repeat(300), "").bytes())
                .contains("\\x0a\\x1b"));
        assertTrue(refuse(new Tar()
                        .add("v", (byte) 'Z', "", entry -> entry.setMode(0))
                        .bytes())
                .contains("type"));
        assertTrue(refuse(new Tar()
                        .pax(TestLayout.utf8("18 uid=4294967295\n"))
                        .file("f", "")
                        .bytes())
                .contains("ID 4294967295"));
    }

    @Test
    void refusesAnEndlessHeader() throws IOException {
        var records = new byte[3 << 20];
        Arrays.fill(records, (byte) 'x');
        System.arraycopy(TestLayout.utf8(records.length + " comment="), 0, records, 0, 16);
        records[records.length - 1] = '\n';
        assertTrue(refuse(new Tar().pax(records).file("f", "").bytes()).contains("larger than"));
    }

    @Test
    void unpacksNamesInAnyScript() throws IOException {
        assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "the locale has no such names");
        var root = unpack(new Tar().file("Főtanúsítvány/名前.crt", "x").file("n".repeat(250), "y"));
        assertEquals("x", Files.readString(root.resolve("Főtanúsítvány/名前.crt")));
        assertEquals("y", Files.readString(root.resolve("n".repeat(250))));
    }

    @Test
    void topmostFirstAndEachOnce() throws IOException {
        byte[] low = new Tar().file("a", "low").bytes();
        byte[] mid = new Tar().file("a", "mid").bytes();
        var image = image(low, mid, low);
        var folders = layers().unpack(image);
        assertEquals(2, folders.size());
        assertEquals("low", Files.readString(folders.get(0).resolve("a")));
        assertEquals("mid", Files.readString(folders.get(1).resolve("a")));
        assertEquals(folders, layers().unpack(image));
        assertEquals(0700, mode(temp.resolve("layers")));
    }

    @Test
    void whatIsUnpackedNeedsNoBlobAnyMore() throws IOException {
        var image = image(new Tar().file("a", "x").bytes());
        var folders = layers().unpack(image);
        new TreeRemoval(new Kernel(_ -> {})).delete(layout.folder);
        assertEquals(folders, layers().unpack(image));
    }

    @Test
    void readsUncompressedLayers() throws IOException {
        byte[] archive = new Tar().file("a", "x").bytes();
        var blob = layout.put("application/vnd.oci.image.layer.v1.tar+gzip", archive, "");
        layout.list(layout.image("x", named("x"), List.of(blob), List.of("\"" + TestLayout.digest(archive) + "\"")));
        var folders = layers().unpack(images.find(NAME).orElseThrow());
        assertEquals("x", Files.readString(folders.getFirst().resolve("a")));
    }

    @Test
    void refusesADiffIdThatIsNotTheArchives() throws IOException {
        var blob = layout.put("x", Tar.gzip(new Tar().file("a", "x").bytes()), "");
        layout.list(layout.image("x", named("x"), List.of(blob), List.of("\"sha256:" + "0".repeat(64) + "\"")));
        var image = images.find(NAME).orElseThrow();
        var failure = assertThrows(ImageException.class, () -> layers().unpack(image));
        assertTrue(failure.getMessage().contains("diff ID is"), failure.getMessage());
        assertNothingLeft();
    }

    @Test
    void refusesABlobThatChanged() throws IOException {
        var image = image(new Tar().file("a", "x".repeat(10_000)).bytes());
        var blob = layout.blob(image.layers().getFirst().blob().digest());
        byte[] good = Files.readAllBytes(blob);
        byte[] other = good.clone();
        other[8] ^= 1; // the gzip header's "extra flags", which change nothing that is unpacked
        Files.write(blob, other);
        assertTrue(assertThrows(ImageException.class, () -> layers().unpack(image))
                .getMessage()
                .contains("has the digest"));
        other[good.length / 2] ^= 0x55;
        Files.write(blob, other);
        assertThrows(ImageException.class, () -> layers().unpack(image));
        Files.write(blob, Arrays.copyOf(good, good.length / 2));
        assertTrue(assertThrows(ImageException.class, () -> layers().unpack(image))
                .getMessage()
                .contains("bytes instead"));
        Files.delete(blob);
        assertTrue(assertThrows(ImageException.class, () -> layers().unpack(image))
                .getMessage()
                .contains("is missing"));
        assertNothingLeft();
        Files.write(blob, good);
        layers().unpack(image);
    }

    @Test
    void removesWhatACrashLeft() throws IOException {
        var dead = Files.createDirectories(temp.resolve("layers/" + "a".repeat(64) + ".partial/x/y"));
        var live = Files.createDirectories(temp.resolve("layers/" + "b".repeat(64) + ".partial"));
        try (var _ = FileLock.hold(TestLayout.KERNEL, temp.resolve("layers/.lock"), 0xbbb_bbbb_bbbb_bbbbL)) {
            layers().unpack(image(new Tar().file("a", "x").bytes()));
            assertFalse(Files.exists(dead.getParent().getParent()));
            assertTrue(Files.exists(live));
        }
        layers().unpack(image(
                new Tar().file("a", "y").bytes(), new Tar().file("a", "z").bytes()));
    }

    @Test
    void manyAtOnceUnpackOnce() throws Exception {
        var image = image(
                new Tar().file("a", "x".repeat(100_000)).bytes(),
                new Tar().file("b", "x".repeat(100_000)).bytes(),
                new Tar().file("c", "x".repeat(100_000)).bytes());
        try (var pool = Executors.newFixedThreadPool(8)) {
            var all = pool.invokeAll(Collections.<Callable<List<Path>>>nCopies(16, () -> layers().unpack(image)));
            for (var one : all) {
                assertEquals(3, one.get().size());
                assertEquals(100_000, Files.size(one.get().getFirst().resolve("c")));
            }
        }
        try (var left = Files.list(temp.resolve("layers"))) {
            assertEquals(4, left.count());
        }
    }
}
