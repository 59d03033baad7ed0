package koker.registry;

import static koker.registry.TestImages.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import koker.image.Digest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Layers as a pull unpacks them: while they come in, exactly, and whole or not at all. */
@Timeout(120)
class UnpackIT {
    private static final Path KOKER = Path.of(System.getProperty("koker.binary"));
    private static final String TAR = "application/vnd.oci.image.layer.v1.tar";

    /** All that a tree is, but for the times of its folders: umoci's are those of its own writing where layers meet. */
    static final String LIST = """
            import hashlib, os, stat, sys
            for top, folders, files in os.walk(os.fsencode(sys.argv[1])):
                for name in folders + files:
                    path = os.path.join(top, name)
                    s = os.lstat(path)
                    file, link = stat.S_ISREG(s.st_mode), stat.S_ISLNK(s.st_mode)
                    print(os.path.relpath(path, os.fsencode(sys.argv[1])), oct(s.st_mode), s.st_uid, s.st_gid, s.st_rdev,
                          0 if stat.S_ISDIR(s.st_mode) else (s.st_size, s.st_nlink, s.st_mtime_ns),
                          os.readlink(path) if link else '',
                          hashlib.sha256(open(path, 'rb').read()).hexdigest() if file else '',
                          [(x, os.getxattr(path, x, follow_symlinks=False)) for x in
                           sorted(os.listxattr(path, follow_symlinks=False)) if not x.startswith('trusted.overlay')])
            """;

    private static Path folder;
    private static TestImages images;
    private static String rich;
    private static List<String> diffIds;
    private static DockerRegistry registry;

    @BeforeAll
    static void makeImage() throws Exception {
        folder = Files.createTempDirectory(KOKER.toAbsolutePath().getParent().resolveSibling("target"), "unpack");
        images = new TestImages(folder.resolve("source"));
        var layers = List.of(
                // What a Debian is: set-user-ID programs, many small files, links of both kinds, folders with odd
                // modes.
                layer("gzip", """
                        tar -C / -cf - usr/share/zoneinfo usr/share/terminfo usr/bin/passwd usr/bin/su etc/alternatives | tar -xf -
                        mkdir -p bin tmp odd hidden/below empty; cp /bin/busybox bin/sh; ln bin/sh bin/ls; chmod 1777 tmp
                        mkdir -m 2770 shared; chown 1:50 shared; mkfifo odd/fifo; mknod odd/null c 1 3; mknod odd/disk b 259 300
                        echo x > bin/ping; setcap cap_net_raw+ep bin/ping; setcap cap_setuid+ep bin/ls
                        echo x > odd/attributes
                        python3 -c "import os; os.setxattr('odd/attributes', 'user.bytes', bytes(range(128, 256)))"
                        echo 1 > "$(printf 'bytes-\\377\\376')"; ln -s "$(printf 'to-\\377')" "$(printf 'link-\\375')"
                        mkdir "$(printf 'folder-\\200')"; echo 2 > "$(printf 'folder-\\200/\\201')"
                        echo y > hidden/file; echo y > hidden/below/file; echo gone > gone; mkdir gonefolder; echo z > gonefolder/z
                        truncate -s 20M odd/sparse; echo end >> odd/sparse
                        touch -d '1969-12-31 23:59:50.25' odd/old; touch -d '2001-02-03 04:05:06.123456789' odd/nanos"""),
                layer("zstd", """
                        mkdir -p odd hidden bin; touch .wh.gone .wh.gonefolder hidden/.wh..wh..opq; echo new > hidden/new
                        echo again > bin/sh2; ln bin/sh2 bin/sh3; echo 4711 > odd/old; chown 4711:4712 odd/old"""),
                layer("cat", """
                        d=$(printf '%0150d' 0); mkdir -p $d/$d gonefolder odd; echo deep > $d/$d/$d; echo back > gonefolder/back
                        echo hard > one; ln one two; ln one gonefolder/three; touch odd/.wh.fifo"""),
                layer("gzip", "head -c 5000000 /dev/urandom > random; mkdir hidden; touch hidden/.wh.new"));
        rich = images.image("rich", layers.toArray(String[][]::new));
        // Debian's umoci cannot read zstd: for it, the same archives as they are.
        images.image(
                "plain",
                layers.stream().map(layer -> new String[] {layer[2], layer[1]}).toArray(String[][]::new));
        diffIds = layers.stream().map(layer -> layer[1]).toList();
        registry = new DockerRegistry(folder.resolve("registry"), "");
        run("skopeo --insecure-policy copy -q --dest-tls-verify=false oci:" + images.folder + ":rich docker://"
                + registry.host() + "/rich");
    }

    @AfterAll
    static void stop() throws Exception {
        if (registry != null) {
            registry.close();
        }
        run("rm -rf " + folder);
    }

    private static String[] layer(String compressor, String script) throws Exception {
        var root = Files.createTempDirectory(folder, "layer");
        var archive = folder.resolve("archive");
        run("cd " + root + " && set -e; export LC_ALL=C.UTF-8; " + script
                + "\ntar --format=pax --xattrs --xattrs-include='*' -S --numeric-owner --sort=name -cf " + archive
                + " .; rm -rf " + root);
        var diffId = Digest.sha256(Files.readAllBytes(archive)).toString();
        run(compressor + " < " + archive + " > " + archive + ".out");
        var plain = images.put(TAR, Files.readAllBytes(archive));
        var type = compressor.equals("cat") ? TAR : TAR + "+" + compressor;
        return new String[] {images.put(type, Files.readAllBytes(folder.resolve("archive.out"))), diffId, plain};
    }

    private static String pull(Path root, String image) throws Exception {
        return run("timeout -s KILL 60 " + KOKER + " --root " + root + " -q pull " + image + " 2>&1; echo status $?");
    }

    private static void assertNothingHalfDone(Path root) throws IOException {
        if (!Files.exists(root.resolve("layers"))) {
            return;
        }
        try (var all = Files.list(root.resolve("layers"))) {
            assertEquals(
                    List.of(),
                    all.filter(layer -> layer.toString().endsWith(".partial")).toList());
        }
    }

    @Test
    void theTreeIsWhatUmociUnpacks() throws Exception {
        var root = folder.resolve("exact");
        assertTrue(pull(root, registry.host() + "/rich").contains("status 0"));
        run("umoci unpack --image " + images.folder + ":plain " + folder.resolve("bundle"));
        var script = Files.writeString(folder.resolve("list.py"), LIST);
        var rootfs = folder.resolve("bundle/rootfs");
        var expected = run("python3 " + script + " " + rootfs + " | sort");
        var layers = new ArrayList<String>();
        diffIds.forEach(diffId -> layers.addFirst(root + "/layers/" + diffId.substring("sha256:".length())));
        var look = Files.writeString(
                folder.resolve("look.sh"),
                "mount -t overlay overlay -o lowerdir=" + String.join(":", layers) + " " + rootfs + " && python3 "
                        + script + " " + rootfs + " | sort");
        var differences = new TreeSet<>(run("unshare -m sh " + look).lines().toList());
        for (var line : expected.lines().toList()) {
            if (!differences.remove(line)) {
                differences.add("umoci: " + line);
            }
        }
        assertEquals("", String.join("\n", differences));
        assertTrue(expected.contains("security.capability") && expected.contains("user.bytes"), "no attributes at all");
        var blocks = run("stat -c %b " + layers.getLast() + "/odd/sparse").strip();
        assertTrue(Integer.parseInt(blocks) < 100, () -> "the sparse file has " + blocks + " blocks");
    }

    @Test
    void aLayerIsUnpackedWhileItComesIn() throws Exception {
        var root = folder.resolve("meanwhile");
        try (var fake = new FakeRegistry(images, rich, (exchange, path, _) -> {
            var first = diffIds.getFirst().substring("sha256:".length());
            if (!path.contains("/blobs/")) {
                return false;
            }
            var bytes = Files.readAllBytes(images.blob(path.replaceFirst(".*/", "")));
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes, 0, bytes.length * 9 / 10);
            exchange.getResponseBody().flush();
            // Of the largest layer the rest comes only when some of it is unpacked, but not all counts.
            if (bytes.length > 100_000
                    && path.endsWith(TestImages.field(firstBlob(), "digest").substring(7))) {
                for (var i = 0; i < 2000 && !Files.exists(root.resolve("layers/" + first + ".partial/bin/sh")); i++) {
                    pause();
                }
                assertFalse(Files.exists(root.resolve("layers/" + first)));
            }
            exchange.getResponseBody().write(bytes, bytes.length * 9 / 10, bytes.length - bytes.length * 9 / 10);
            return true;
        })) {
            var said = pull(root, fake.image());
            assertTrue(said.contains("status 0"), said);
            assertEquals(5, fake.times("/blobs/"));
        }
        assertNothingHalfDone(root);
        assertTrue(Files.exists(root.resolve("layers/" + diffIds.getFirst().substring(7) + "/bin/sh")));
    }

    @Test
    void whatCannotBeUnpackedIsNotPulled() throws Exception {
        var root = folder.resolve("lie");
        var good = layer("gzip", "echo x > x");
        var manifest = images.image("lie", layer("gzip", "echo y > y"), new String[] {good[0], diffIds.getFirst()});
        try (var fake = new FakeRegistry(images, manifest, (_, _, _) -> false)) {
            var said = pull(root, fake.image());
            assertTrue(said.contains("status 125"), said);
            assertTrue(said.contains("its diff ID is " + good[1] + " instead of"), said);
            assertEquals(2, said.lines().count(), said);
        }
        assertNothingHalfDone(root);
        assertFalse(Files.exists(root.resolve("images/index.json")), "the image has a name");
    }

    @Test
    void aBombIsNotPulled() throws Exception {
        var root = folder.resolve("bomb");
        var zeros = folder.resolve("zeros");
        run("truncate -s 1200M " + zeros + " && tar -C " + folder + " -cf - zeros | zstd -q -c > " + zeros + ".zst; rm "
                + zeros);
        var blob = images.put(TAR + "+zstd", Files.readAllBytes(folder.resolve("zeros.zst")));
        var manifest = images.image("bomb", new String[] {blob, diffIds.getFirst()});
        try (var fake = new FakeRegistry(images, manifest, (_, _, _) -> false)) {
            var said = pull(root, fake.image());
            assertTrue(said.contains("more than 200 of each; if that is meant, raise the limit"), said);
            assertTrue(said.contains("status 125"), said);
        }
        assertNothingHalfDone(root);
    }

    @Test
    void aFullDiskLeavesAStoreToGoOnWith() throws Exception {
        var root = folder.resolve("small");
        // One file system that grows: the disk is full at another moment of the pull each time, and then it is not.
        var script =
                Files.writeString(folder.resolve("small.sh"), """
                set -e
                mkdir %1$s; mount -t tmpfs -o mode=755,size=1m tmpfs %1$s
                for size in 1 2 4 6 8 10 12 14 16 18 20; do
                    mount -o remount,size=${size}m %1$s
                    if timeout -s KILL 60 %2$s --root %1$s -q pull %3$s >/dev/null 2>%1$s.err; then echo fits; else
                        grep -q 'No space left on device' %1$s.err || { cat %1$s.err; exit 1; }
                        echo full
                        [ $(wc -l < %1$s.err) = 1 ] || { cat %1$s.err; exit 1; }
                    fi
                    ! ls -d %1$s/layers/*.partial 2>/dev/null
                    for blob in %1$s/images/blobs/sha256/*; do
                        [ ! -e $blob ] || [ $(sha256sum < $blob | cut -c1-64) = ${blob##*/} ] || { echo $blob; exit 1; }
                    done
                done
                mount -o remount,size=200m %1$s
                %2$s --root %1$s -q pull %3$s && ls %1$s/layers | wc -l
                """.formatted(root, KOKER, registry.host() + "/rich"));
        var said = run("unshare -m sh " + script);
        assertTrue(said.endsWith("\n4\n"), said);
        assertTrue(said.startsWith("full\nfull\n"), said);
    }

    private static String firstBlob() throws IOException {
        var json = Files.readString(images.blob(TestImages.field(rich, "digest")));
        return json.substring(json.indexOf("\"layers\""));
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
