package koker.registry;

import static koker.registry.TestImages.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A whole Debian, as debootstrap makes it and buildah builds on it: pulled, its tree is the one that umoci unpacks; and it runs. */
@Timeout(240)
class DebianIT {
    private static final Path KOKER = Path.of(System.getProperty("koker.binary"));

    /** What apt is configured to ask is what debootstrap asks, in the network outside of that of the tests. */
    private static final String BOOTSTRAP = """
            . /etc/os-release
            mirror=$(sed -n 's/^URIs: *\\([^ ]*\\).*/\\1/p; s/^deb \\(\\[[^]]*\\] \\)\\?\\([^ ]*\\) .*/\\2/p' \
                /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -1)
            nsenter --net=$KOKER_OUTSIDE debootstrap --variant=minbase $VERSION_CODENAME root $mirror > debootstrap.log 2>&1 || { tail debootstrap.log; exit 1; }
            """;

    /** On Debian a layer that removes, replaces, links and renames, and a small one on top. */
    private static final String BUILD = """
            echo '{"default":[{"type":"insecureAcceptAnything"}]}' > policy.json
            b() { command=$1; shift; buildah --root $PWD/storage --runroot $PWD/run --storage-driver vfs $command "$@"; }
            one=$(b from scratch)
            b add -q $one root / > /dev/null
            b config --cmd '["cat", "/etc/debian_version"]' --env PATH=/usr/bin:/bin:/usr/sbin:/sbin $one
            b commit -q --signature-policy policy.json $one first > /dev/null
            two=$(b from --signature-policy policy.json first)
            b run --isolation chroot $two -- sh -c 'rm -rf /usr/share/doc /etc/motd; ln /usr/bin/od /usr/bin/od2;
                mkdir /usr/share/doc; echo new > /usr/share/doc/new; mv /etc/skel /etc/skeleton; chmod 4711 /usr/bin/od;
                ln -sf nowhere /etc/issue; chown -h 12:34 /etc/issue; mkfifo -m 600 /etc/fifo'
            b commit -q --signature-policy policy.json $two second > /dev/null
            three=$(b from --signature-policy policy.json second)
            b run --isolation chroot $three -- sh -c 'rm /usr/share/doc/new; echo last > /etc/motd'
            b commit -q --signature-policy policy.json $three debian > /dev/null
            b push -q --signature-policy policy.json debian oci:$PWD/layout:debian
            b push -q --signature-policy policy.json --tls-verify=false debian docker://$1/debian
            """;

    private static Path folder;
    private static DockerRegistry registry;
    private static Path list;
    private static String expected;

    @BeforeAll
    static void build() throws Exception {
        folder = Files.createTempDirectory(KOKER.toAbsolutePath().getParent().resolveSibling("target"), "debian");
        list = Files.writeString(folder.resolve("list.py"), UnpackIT.LIST);
        registry = new DockerRegistry(folder.resolve("registry"), "");
        shell(BOOTSTRAP);
        shell("set -- " + registry.host() + "\n" + BUILD);
        shell("umoci unpack --image layout:debian bundle");
        expected = shell("python3 list.py bundle/rootfs | sort");
    }

    @AfterAll
    static void stop() throws Exception {
        if (registry != null) {
            registry.close();
        }
        run("rm -rf --one-file-system " + folder);
    }

    private static String shell(String script) throws Exception {
        // buildah mounts; what it mounts goes with the namespace.
        var file = Files.writeString(folder.resolve("script"), "set -e; cd " + folder + "\n" + script);
        return run("unshare -m sh " + file + " 2>&1");
    }

    @Test
    void itsTreeIsWhatUmociUnpacksAndItRuns() throws Exception {
        var root = folder.resolve("koker");
        var image = registry.host() + "/debian";
        run("timeout -s KILL 100 " + KOKER + " --root " + root + " -q pull " + image);
        var actual = shell("mount -t overlay overlay -o lowerdir=" + lower(root, image)
                + " bundle/rootfs && python3 list.py bundle/rootfs | sort");
        var differences = run("diff " + file("expected", expected) + " " + file("actual", actual) + " | head -20");
        assertEquals("", differences);
        assertTrue(expected.lines().count() > 5000, "this is no Debian");
        var version = run("timeout -s KILL 60 " + KOKER + " --root " + root + " -q run --rm " + image);
        assertEquals(Files.readString(folder.resolve("root/etc/debian_version")), version);
        run("rm -rf " + root);
    }

    private static String file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }

    /** The folders of the image's layers, topmost first. */
    private static String lower(Path root, String image) throws Exception {
        var ids = run("timeout -s KILL 60 " + KOKER + " --root " + root
                + " image inspect -f '{{join .RootFS.Layers \" \"}}' " + image);
        return Arrays.stream(ids.strip().split(" "))
                .map(id -> root + "/layers/" + id.replace("sha256:", ""))
                .reduce((lower, upper) -> upper + ":" + lower)
                .orElseThrow();
    }
}
