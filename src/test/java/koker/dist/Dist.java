package koker.dist;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;

/**
 * Makes the one file that users get: a shell launcher with a Java runtime, the program and an image behind it.
 *
 * <p>Everything is laid out in a folder just as it will be unpacked; the runtime then practises there, and leaves a
 * cache of loaded classes; then the folder is packed. {@code make dist} runs this in source mode.
 */
public final class Dist {
    /** Fixed, so that what is built does not depend on when. The cache is good only while these times are kept. */
    static final ZonedDateTime TIME_OF_ALL_FILES = ZonedDateTime.of(2025, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    /** What the libraries need. What koker's own code needs is found by jdeps and added. */
    private static final Set<String> MODULES_OF_LIBRARIES = Set.of(
            "java.base", // everything
            "java.management", // tinylog asks it when the program started
            "jdk.security.auth", // the library for D-Bus asks it who we are
            "jdk.unsupported"); // Gson makes objects without calling a constructor

    /** How java is started. Where {@code $koker_home} stands, the launcher puts the folder it unpacked to. */
    private static final List<String> FLAGS = List.of(
            "-XX:+UseSerialGC", // the others start threads
            "-XX:-AOTAdapterCaching", // what is compiled for this processor may be too new for one that the file is
            // copied to
            "-XX:ArchiveRelocationMode=0", // the cache lies where it was made for: to move it, each page is written
            "-Xmx512m", // a machine's share of a big memory would need wide pointers, and the cache has narrow ones
            "-XX:-MaxFDLimit", // it would raise the limit on open files, which containers inherit
            "-XX:-UsePerfData", // writes a file to /tmp
            "-Xlog:disable", // a cache that does not fit costs time; it is not the user's concern
            "-Xlog:all=error:stderr",
            "--enable-native-access=ALL-UNNAMED", // JNA loads a library
            "--sun-misc-unsafe-memory-access=allow", // zstd is read with it, which Java would warn of
            "-Djdk.http.auth.tunneling.disabledSchemes=", // a proxy gets its password as others send it
            "-Djdk.reflect.useNativeAccessorOnly=true", // cheaper than compiling a class for each reflective call
            "-Djna.nosys=true", // JNA: look nowhere but where the next lines say,
            "-Djna.nounpack=true", // do not unpack to /tmp,
            "-Djna.boot.library.path=$koker_home/lib", // here is the native part,
            "-Djna.platform.library.path=$koker_home/lib", // and do not run ldconfig to find others
            "-Dpicocli.converters.excludes=java.+", // picocli looks up dozens of classes that no option uses
            "-Dkoker.home=$koker_home",
            "-Dkoker.launcher=$0",
            "-cp",
            "$koker_home/lib/koker.jar");

    /** The commands that must be quick. Not more of them, as every class that is kept makes every start a little longer, used or not. */
    private static final List<String> QUICK = List.of(
            "image ls",
            "-q run --rm busybox true",
            "-q run --rm --firewall nftables -p 8081:80 busybox true",
            "run --name kept busybox true",
            "-q run --network none --memory=64m --memory-swap=96m --cpus=1 --cpu-shares=9 --pids-limit=9 --cpuset-cpus=0 -u 1 busybox true",
            "-D run busybox true",
            "-q --trace ARCHIVE.jsonl run --rm busybox true",
            "-q run -d --name trained -p 8080:80 busybox sleep 1000",
            "ps",
            "-q exec trained true",
            "-q ps", // which reads what the first one has kept
            "ps --format json",
            "-q logs trained",
            "-q stop -t 0 trained",
            "-q start trained",
            "-q kill trained",
            "-q rm -f trained",
            "-q create --name made --network none busybox true",
            "-q rm made");

    /** Those of koker as the runtime of engines that make a process, for which there is a cache of its own. */
    private static final List<String> OCI = List.of(
            "oci create --bundle BUNDLE --pid-file BUNDLE/pid trained",
            "oci exec trained true",
            "oci exec --detach --pid-file BUNDLE/pid --process BUNDLE/process.json trained",
            "oci delete --force trained",
            "oci run --bundle BUNDLE trained",
            "oci run --bundle BUNDLE-apart trained");

    /** What there is to start, kill and delete then. */
    private static final List<String> CREATED = Stream.of("started", "killed", "deleted")
            .map(container -> "oci create --bundle BUNDLE " + container)
            .toList();

    /** The others of that kind, which are done in no time, and which engines call as often: a third cache, with two thirds of the classes. */
    private static final List<String> BRIEF = List.of(
            "oci state started",
            "oci start started",
            "oci delete --force started",
            "oci kill killed KILL",
            "oci delete killed",
            "oci delete deleted");

    /** Those that move image data, and the list of all commands, which nothing else needs. */
    private static final List<String> DATA = List.of(
            "--help", "-q pull IMAGE", "save -o ARCHIVE busybox", "rmi IMAGE", "load -i ARCHIVE", "-q rmi busybox");

    private final Path work;
    private final Path home;

    private Dist(Path work) {
        this.work = work;
        this.home = work.resolve("home");
    }

    /** Arguments: the compiled classes, the libraries as a class path, a folder to work in, the file to make. */
    public static void main(String[] args) throws Exception {
        var libraries = Stream.of(args[1].split(":")).map(Path::of).toList();
        new Dist(Path.of(args[2]).toAbsolutePath()).make(Path.of(args[0]), libraries, Path.of(args[3]));
    }

    private void make(Path classes, List<Path> libraries, Path executable) throws Exception {
        delete(work);
        Files.createDirectories(home.resolve("lib"));
        program(classes, libraries);
        nativeLibrary(libraries);
        BusyboxImage.write(home.resolve("images"), Path.of("/bin/busybox"));
        TrainingBundle.write(work.resolve("bundle"), Path.of("/bin/busybox"));
        runtime(classes);
        for (var file : sorted(home)) {
            Files.setLastModifiedTime(file, FileTime.from(TIME_OF_ALL_FILES.toInstant()));
        }
        train();
        pack(executable);
    }

    private void program(Path classes, List<Path> libraries) throws Exception {
        var trained = work.resolve("classes");
        copy(classes, trained);
        for (var added : List.of("Training", "Silence")) {
            tool("javac", "-d", trained, "-cp", classes, "src/test/java/koker/dist/" + added + ".java");
        }
        ShadedJar.of(trained, libraries).write(home.resolve("lib/koker.jar"));
    }

    private void nativeLibrary(List<Path> libraries) throws IOException {
        var entry = "com/sun/jna/linux-%s/libjnidispatch.so"
                .formatted(System.getProperty("os.arch").replace("amd64", "x86-64"));
        for (var library : libraries) {
            try (var zip = new ZipFile(library.toFile())) {
                if (zip.getEntry(entry) != null) {
                    Files.copy(zip.getInputStream(zip.getEntry(entry)), home.resolve("lib/libjnidispatch.so"));
                    return;
                }
            }
        }
        throw new IOException("no library has " + entry);
    }

    private void runtime(Path classes) throws IOException {
        var needed = tool("jdeps", "--ignore-missing-deps", "--print-module-deps", "--multi-release", "25", classes);
        var modules = new TreeSet<>(MODULES_OF_LIBRARIES);
        modules.addAll(List.of(needed.strip().split(",")));
        System.out.println("modules: " + String.join(" ", modules));
        var jre = home.resolve("jre");
        tool(
                "jlink",
                "--add-modules",
                String.join(",", modules),
                "--output",
                jre,
                "--strip-java-debug-attributes",
                "--no-header-files",
                "--no-man-pages",
                "--vm=server");
        for (var unused : List.of("bin/keytool", "lib/server/libjsig.so", "lib/libjsig.so")) {
            Files.deleteIfExists(jre.resolve(unused));
        }
        strip(jre.resolve("lib/server/libjvm.so"));
    }

    /** Cuts off what only debuggers read of an ELF file (elf(5)): 5 MB of symbols behind its last segment, and the table of its sections. */
    private static void strip(Path library) throws IOException {
        try (var file = FileChannel.open(library, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var header = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
            file.read(header, 0);
            var segments = header.getShort(56);
            var table = ByteBuffer.allocate(segments * 56).order(ByteOrder.LITTLE_ENDIAN);
            file.read(table, header.getLong(32));
            var end = 0L;
            for (var i = 0; i < segments; i++) {
                end = Math.max(end, table.getLong(i * 56 + 8) + table.getLong(i * 56 + 32));
            }
            file.truncate(end);
            file.write(header.putLong(40, 0).putInt(60, 0).rewind(), 0);
        }
    }

    private void train() throws IOException, InterruptedException {
        // The machine keeps its links and its firewall.
        var apart = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)
                ? List.of("unshare", "--net")
                : List.<String>of();
        // Unpacking belongs to the other cache: here the image is unpacked before.
        practise(apart, "first", List.of("-Xshare:off"), List.of("-q run --rm busybox true"));
        keepClasses(apart, "quick", QUICK);
        keepClasses(apart, "oci", OCI);
        practise(apart, "created", List.of("-Xshare:off"), CREATED);
        keepClasses(apart, "brief", BRIEF);
        try (var registry = new TrainingRegistry(home.resolve("images"))) {
            var commands = DATA.stream()
                    .map(command -> command.replace("IMAGE", registry.image()))
                    .toList();
            // Here there is time to compile what is worth it, and the cache says what that is.
            practise(List.of(), "data", List.of("-XX:AOTCacheOutput=" + home.resolve("lib/data.aot")), commands);
        }
        forgetState();
    }

    /** Makes a cache of the classes that {@code commands} need, and of nothing else: the other kind takes 4 ms longer to load. */
    private void keepClasses(List<String> apart, String name, List<String> commands)
            throws IOException, InterruptedException {
        var classes = work.resolve(name + ".classes");
        practise(apart, name, List.of("-Xshare:off", "-XX:DumpLoadedClassList=" + classes), commands);
        var dump = List.of(
                "-Xshare:dump",
                "-XX:+AOTClassLinking",
                "-XX:SharedClassListFile=" + classes,
                "-XX:SharedArchiveFile=" + home.resolve("lib/" + name + ".jsa"));
        run(java(dump), work.resolve("dump-" + name + ".log"));
    }

    /** Removes what koker keeps of each of its roots until the machine is started again. */
    private void forgetState() throws IOException {
        var kept =
                Path.of("/run/koker").resolve(work.resolve("state").toString().substring(1));
        delete(kept);
        for (var folder = kept.getParent(); folder.getNameCount() > 2; folder = folder.getParent()) {
            var others = folder.toFile().list();
            if (others == null || others.length > 0) {
                return;
            }
            Files.delete(folder);
        }
    }

    /** Carries out {@code commands} one after the other, with java running as {@code mode} says. */
    private void practise(List<String> apart, String name, List<String> mode, List<String> commands)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(apart);
        command.addAll(java(mode));
        command.add("koker.dist.Training");
        command.add(work.resolve("state").toString());
        command.addAll(commands);
        run(command, work.resolve("training-" + name + ".log"));
    }

    private List<String> java(List<String> mode) {
        var words = new ArrayList<>(List.of(
                home.resolve("jre/bin/java").toString(), "-XX:TieredStopAtLevel=1", "-XX:+UnlockDiagnosticVMOptions"));
        words.addAll(mode);
        FLAGS.forEach(flag -> words.add(flag.replace("$koker_home", home.toString())));
        return words;
    }

    private void pack(Path executable) throws IOException {
        var payload = archive();
        var sum = sha256(payload);
        var unpacked = 0L;
        for (var file : sorted(home)) {
            unpacked += Files.isRegularFile(file) ? Files.size(file) : 0;
        }
        var launcher = Files.readString(Path.of("src/test/java/koker/dist/launcher.sh"))
                .replace("@HASH@", sum.substring(0, 24))
                .replace("@SUM@", sum)
                .replace("@MEGABYTES@", Long.toString(unpacked / 1_000_000 + 1))
                .replace("@FLAGS@", flagsForShell());
        // The payload starts behind the launcher, whose length depends on how many digits that number has.
        var length = launcher.getBytes(StandardCharsets.UTF_8).length;
        var places = launcher.split("@OFFSET@", -1).length - 1;
        var start = length + 1 - places * ("@OFFSET@".length() - 4);
        if (start < 1000 || start > 9999) {
            throw new IllegalStateException("a launcher of " + start + " bytes");
        }
        launcher = launcher.replace("@OFFSET@", Integer.toString(start));

        Files.createDirectories(executable.toAbsolutePath().getParent());
        forgetPrevious(executable);
        var beside = executable.resolveSibling(executable.getFileName() + ".new");
        try (var out = Files.newOutputStream(beside)) {
            out.write(launcher.getBytes(StandardCharsets.UTF_8));
            out.write(payload);
        }
        Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.move(beside, executable, StandardCopyOption.ATOMIC_MOVE);
        System.out.printf(
                "%s: %.1f MB, unpacks to %.1f MB%n", executable, Files.size(executable) / 1e6, unpacked / 1e6);
    }

    /** Removes what the executable to be replaced has unpacked, or a day of building would fill the disk. */
    private static void forgetPrevious(Path executable) throws IOException {
        if (!Files.exists(executable)) {
            return;
        }
        var start = new String(Files.readAllBytes(executable), 0, 4096, StandardCharsets.ISO_8859_1);
        var hash = start.lines().filter(line -> line.startsWith("koker_hash=")).findFirst();
        var home = System.getProperty("user.home");
        for (var cache : List.of("/var/cache/koker", home + "/.cache/koker")) {
            var unpacked = Path.of(cache, hash.orElseThrow().substring("koker_hash=".length()));
            var used = ProcessHandle.allProcesses()
                    .anyMatch(process -> process.info().command().orElse("").startsWith(unpacked + "/"));
            if (Files.isWritable(unpacked) && !used) {
                delete(unpacked);
            }
        }
    }

    private static String flagsForShell() {
        return String.join(
                " ",
                FLAGS.stream()
                        .map(flag -> flag.contains("$") ? '"' + flag + '"' : flag)
                        .toList());
    }

    private byte[] archive() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var smallest = new GzipParameters();
        smallest.setCompressionLevel(Deflater.BEST_COMPRESSION);
        try (var tar = new TarArchiveOutputStream(
                new BufferedOutputStream(new GzipCompressorOutputStream(bytes, smallest), 1 << 16))) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (var file : sorted(home)) {
                var name = home.relativize(file).toString();
                if (!name.isEmpty()) {
                    add(tar, file, name);
                }
            }
        }
        return bytes.toByteArray();
    }

    private static void add(TarArchiveOutputStream tar, Path file, String name) throws IOException {
        TarArchiveEntry entry;
        if (Files.isSymbolicLink(file)) {
            entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
            entry.setLinkName(Files.readSymbolicLink(file).toString());
        } else if (Files.isDirectory(file)) {
            entry = new TarArchiveEntry(name + "/");
        } else {
            entry = new TarArchiveEntry(name);
            entry.setSize(Files.size(file));
            entry.setMode(
                    Files.getPosixFilePermissions(file).contains(PosixFilePermission.OWNER_EXECUTE) ? 0755 : 0644);
        }
        entry.setModTime(TIME_OF_ALL_FILES.toInstant().toEpochMilli());
        tar.putArchiveEntry(entry);
        if (entry.getSize() > 0) {
            Files.copy(file, tar);
        }
        tar.closeArchiveEntry();
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String tool(String name, Object... arguments) throws IOException {
        var output = new StringWriter();
        var writer = new PrintWriter(output);
        var words = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
        if (ToolProvider.findFirst(name).orElseThrow().run(writer, writer, words) != 0) {
            throw new IOException(name + ": " + output);
        }
        return output.toString();
    }

    private static void run(List<String> command, Path log) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS").forEach(builder.environment()::remove);
        var status = builder.start().waitFor();
        try (var lines = Files.lines(log)) {
            lines.filter(line -> line.matches("(not )?trained: .*")).forEach(System.out::println);
        }
        if (status != 0) {
            throw new IOException(command.getFirst() + " ended with " + status + ", see " + log);
        }
    }

    private static List<Path> sorted(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            return files.sorted().toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        for (var file : sorted(from)) {
            Files.copy(file, to.resolve(from.relativize(file).toString()));
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            for (var file : sorted(folder).reversed()) {
                Files.delete(file);
            }
        }
    }
}
