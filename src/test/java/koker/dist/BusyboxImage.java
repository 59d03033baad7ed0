package koker.dist;

import com.google.gson.GsonBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Makes the image that comes with koker, from Debian's statically linked busybox: an OCI image layout with one image of
 * one layer. The same busybox gives the same bytes.
 */
final class BusyboxImage {
    private static final String NAME = "docker.io/library/busybox:latest";
    private static final String SEARCH_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final String COMMENT = "made from Debian's busybox-static";

    // Where a 64-bit ELF file tells of its program headers, and the type of the one that names the dynamic linker.
    private static final int ELF_HEADERS_OFFSET = 32;
    private static final int ELF_HEADER_SIZE = 54;
    private static final int ELF_HEADER_COUNT = 56;
    private static final int ELF_INTERPRETER = 3;

    private static final String PASSWD = """
            root:x:0:0:root:/root:/bin/sh
            daemon:x:1:1:daemon:/usr/sbin:/bin/false
            bin:x:2:2:bin:/bin:/bin/false
            sys:x:3:3:sys:/dev:/bin/false
            sync:x:4:100:sync:/bin:/bin/sync
            mail:x:8:8:mail:/var/spool/mail:/bin/false
            www-data:x:33:33:www-data:/var/www:/bin/false
            operator:x:37:37:Operator:/var:/bin/false
            nobody:x:65534:65534:nobody:/home:/bin/false
            """;

    private static final String GROUP = """
            root:x:0:
            daemon:x:1:
            bin:x:2:
            sys:x:3:
            adm:x:4:
            tty:x:5:
            disk:x:6:
            lp:x:7:
            mail:x:8:
            kmem:x:9:
            wheel:x:10:root
            cdrom:x:11:
            dialout:x:18:
            floppy:x:19:
            video:x:28:
            audio:x:29:
            tape:x:32:
            www-data:x:33:
            operator:x:37:
            utmp:x:43:
            plugdev:x:46:
            staff:x:50:
            lock:x:54:
            netdev:x:82:
            users:x:100:
            nobody:x:65534:
            """;

    private static final String SHADOW = """
            root:*:::::::
            daemon:*:::::::
            bin:*:::::::
            sys:*:::::::
            sync:*:::::::
            mail:*:::::::
            www-data:*:::::::
            operator:*:::::::
            nobody:*:::::::
            """;

    /** The permissions of the folders; those below /var are where programs expect to write. */
    private static final Map<String, Integer> FOLDERS = new TreeMap<>(Map.ofEntries(
            Map.entry("bin/", 0755),
            Map.entry("dev/", 0755),
            Map.entry("etc/", 0755),
            Map.entry("home/", 0755),
            Map.entry("proc/", 0755),
            Map.entry("root/", 0700),
            Map.entry("sys/", 0755),
            Map.entry("tmp/", 01777),
            Map.entry("usr/", 0755),
            Map.entry("usr/sbin/", 0755),
            Map.entry("var/", 0755),
            Map.entry("var/spool/", 0755),
            Map.entry("var/spool/mail/", 0755),
            Map.entry("var/www/", 0755)));

    private record Descriptor(
            String mediaType, String digest, long size, Platform platform, Map<String, String> annotations) {
        Descriptor with(Platform platform, Map<String, String> annotations) {
            return new Descriptor(mediaType, digest, size, platform, annotations);
        }
    }

    private record Platform(String architecture, String os) {}

    private final Path layout;
    private final Path busybox;

    private BusyboxImage(Path layout, Path busybox) {
        this.layout = layout;
        this.busybox = busybox;
    }

    /** Writes the image layout into a new folder. */
    static void write(Path layout, Path busybox) throws IOException, InterruptedException {
        new BusyboxImage(layout, busybox).write();
    }

    private void write() throws IOException, InterruptedException {
        Files.createDirectories(layout.resolve("blobs/sha256"));
        var tar = layer();
        var created = Dist.TIME_OF_ALL_FILES.format(DateTimeFormatter.ISO_INSTANT);
        var platform = new Platform(
                switch (System.getProperty("os.arch")) {
                    case "amd64" -> "amd64";
                    case "aarch64" -> "arm64";
                    case String other -> throw new IllegalStateException("no image for " + other);
                },
                "linux");
        var layer = blob("application/vnd.oci.image.layer.v1.tar+gzip", gzip(tar));
        var config = blob(
                "application/vnd.oci.image.config.v1+json",
                json(ordered(
                        "created", created,
                        "architecture", platform.architecture(),
                        "os", platform.os(),
                        "config",
                                ordered(
                                        "Env", List.of(SEARCH_PATH),
                                        "Cmd", List.of("sh")),
                        "rootfs", ordered("type", "layers", "diff_ids", List.of("sha256:" + sha256(tar))),
                        "history", List.of(ordered("created", created, "created_by", COMMENT)))));
        var manifest = blob(
                "application/vnd.oci.image.manifest.v1+json",
                json(ordered(
                        "schemaVersion",
                        2,
                        "mediaType",
                        "application/vnd.oci.image.manifest.v1+json",
                        "config",
                        config,
                        "layers",
                        List.of(layer))));
        Files.write(
                layout.resolve("index.json"),
                json(ordered(
                        "schemaVersion",
                        2,
                        "mediaType",
                        "application/vnd.oci.image.index.v1+json",
                        "manifests",
                        List.of(manifest.with(platform, Map.of("org.opencontainers.image.ref.name", NAME))))));
        Files.write(layout.resolve("oci-layout"), json(ordered("imageLayoutVersion", "1.0.0")));
    }

    private byte[] layer() throws IOException, InterruptedException {
        var bytes = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(bytes)) {
            for (var folder : FOLDERS.entrySet()) {
                put(tar, new TarArchiveEntry(folder.getKey()), folder.getValue(), new byte[0]);
                switch (folder.getKey()) {
                    case "bin/" -> binaries(tar);
                    case "etc/" -> {
                        put(tar, new TarArchiveEntry("etc/group"), 0644, GROUP.getBytes(StandardCharsets.UTF_8));
                        put(tar, new TarArchiveEntry("etc/passwd"), 0644, PASSWD.getBytes(StandardCharsets.UTF_8));
                        put(tar, new TarArchiveEntry("etc/shadow"), 0600, SHADOW.getBytes(StandardCharsets.UTF_8));
                    }
                    default -> {}
                }
            }
        }
        return bytes.toByteArray();
    }

    private void binaries(TarArchiveOutputStream tar) throws IOException, InterruptedException {
        put(tar, new TarArchiveEntry("bin/busybox"), 0755, staticBusybox());
        for (var applet : applets()) {
            if (!applet.equals("busybox")) {
                var link = new TarArchiveEntry("bin/" + applet, TarConstants.LF_LINK);
                link.setLinkName("bin/busybox");
                put(tar, link, 0755, new byte[0]);
            }
        }
    }

    /** Another package has a busybox of the same name that needs libraries, which the image does not have. */
    private byte[] staticBusybox() throws IOException {
        var bytes = Files.readAllBytes(busybox);
        var elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        var headers = (int) elf.getLong(ELF_HEADERS_OFFSET);
        var size = elf.getShort(ELF_HEADER_SIZE);
        for (var i = 0; i < elf.getShort(ELF_HEADER_COUNT); i++) {
            if (elf.getInt(headers + i * size) == ELF_INTERPRETER) {
                throw new IOException(busybox + " is not linked statically: install busybox-static (make deps)");
            }
        }
        return bytes;
    }

    private List<String> applets() throws IOException, InterruptedException {
        var list = new ProcessBuilder(busybox.toString(), "--list")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = list.inputReader()) {
            var applets = lines.lines().sorted().toList();
            if (list.waitFor() != 0 || applets.isEmpty()) {
                throw new IOException(busybox + " --list failed");
            }
            return applets;
        }
    }

    private static void put(TarArchiveOutputStream tar, TarArchiveEntry entry, int mode, byte[] content)
            throws IOException {
        entry.setMode(mode);
        entry.setIds(0, 0);
        entry.setNames("", "");
        entry.setModTime(Dist.TIME_OF_ALL_FILES.toInstant().toEpochMilli());
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private Descriptor blob(String mediaType, byte[] content) throws IOException {
        var digest = sha256(content);
        Files.write(layout.resolve("blobs/sha256").resolve(digest), content);
        return new Descriptor(mediaType, "sha256:" + digest, content.length, null, null);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.toByteArray();
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        var map = new LinkedHashMap<String, Object>();
        for (var i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static byte[] json(Object value) {
        return new GsonBuilder().disableHtmlEscaping().create().toJson(value).getBytes(StandardCharsets.UTF_8);
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
