package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.cgroup.Cgroups;
import koker.image.HealthCheck;
import koker.image.ImageConfig;
import koker.image.ImageReference;
import koker.spec.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From options and an image to a config.json, by Docker's rules. */
class ContainerSpecTest {
    private List<String> command = List.of();
    private List<String> environment = List.of();
    private List<MountRequest> mounts = List.of();
    private Optional<String> entrypoint = Optional.empty();
    private Optional<String> workdir = Optional.empty();
    private boolean terminal;
    private boolean readOnly;
    private boolean init;
    private String network = "none";

    private RunOptions options() {
        return new RunOptions(
                ImageReference.parse("test"),
                PullPolicy.MISSING,
                command,
                Optional.empty(),
                Optional.empty(),
                false,
                terminal,
                RunOptions.Removal.UNLESS_NAMED,
                environment,
                workdir,
                Optional.empty(),
                mounts,
                readOnly,
                entrypoint,
                new Privileges(List.of(), List.of(), List.of()),
                List.of(),
                1 << 20,
                init,
                NetworkRequest.of(network),
                Limits.NONE,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                false,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Map.of(),
                Map.of(),
                HealthOptions.NONE,
                Optional.empty(),
                Optional.empty());
    }

    private static ImageConfig.Defaults image(
            List<String> entrypoint, List<String> cmd, List<String> env, String workdir) {
        return new ImageConfig.Defaults(
                "", List.of(), env, entrypoint, cmd, List.of(), workdir, Map.of(), "", HealthCheck.UNKNOWN);
    }

    private Spec build(ImageConfig.Defaults image, long uid, Spec.Mount... extra) {
        var cgroups = Cgroups.of(List.of("1 2 0:3 / /cg rw - cgroup cgroup rw,pids"));
        return new ContainerSpec(options(), image, new ContainerFolder("id", Path.of("/c/id")), "/koker-id", cgroups)
                .build(
                        List.of(Path.of("/l/top"), Path.of("/l/base")),
                        new Account(uid, 8, List.of(9L), "/home/me"),
                        List.of(extra),
                        Optional.of(new Spec.ConsoleSize(24, 80)),
                        "host");
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" "));
    }

    /** The table in Docker's documentation of ENTRYPOINT and CMD; "-" is an option that is not given. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``     | cmd a | -   | ``   | cmd a
            entry e| ``    | -   | ``   | entry e
            entry e| cmd a | -   | ``   | entry e cmd a
            ``     | cmd a | -   | x y  | x y
            entry e| cmd a | -   | x y  | entry e x y
            entry e| cmd a | own | ``   | own
            entry e| cmd a | own | x y  | own x y
            entry e| cmd a | ``  | x y  | x y
            """)
    void entrypointAndCommandAreJoinedAsInDocker(
            String imageEntrypoint, String imageCommand, String given, String arguments, String expected) {
        entrypoint = given.equals("-") ? Optional.empty() : Optional.of(given);
        command = words(arguments);
        var image = image(words(imageEntrypoint), words(imageCommand), List.of(), "");
        assertEquals(words(expected), ContainerSpec.command(options(), image));
    }

    @ParameterizedTest
    @CsvSource({"-", "''"})
    void noCommandAtAllIsRefused(String given) {
        entrypoint = given.equals("-") ? Optional.empty() : Optional.of(given);
        var image = image(given.equals("-") ? List.of() : List.of("entry"), List.of(), List.of(), "");
        var e = assertThrows(EngineException.class, () -> ContainerSpec.command(options(), image));
        assertTrue(e.getMessage().contains("koker run"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            -    | ``    | /
            -    | /app  | /app
            -    | app/x | /app/x
            -    | /a/../b/ | /b
            /own | /app  | /own
            """)
    void theWorkingFolderIsTheUsersOrTheImages(String given, String imageFolder, String expected) {
        workdir = given.equals("-") ? Optional.empty() : Optional.of(given);
        assertEquals(
                expected,
                build(image(List.of(), List.of("c"), List.of(), imageFolder), 0)
                        .process()
                        .cwd());
    }

    @Test
    void theUsersVariablesWinOverTheImages() {
        environment = List.of("A=user", "HOSTNAME=other");
        var image = image(List.of(), List.of("c"), List.of("A=image", "PATH=/image", "B=image"), "");
        assertEquals(
                List.of("PATH=/image", "HOSTNAME=other", "A=user", "B=image", "HOME=/home/me"),
                build(image, 0).process().env());
        terminal = true;
        assertTrue(build(image, 0).process().env().contains("TERM=xterm"));
    }

    @Test
    void whoIsNotRootHasNoCapabilities() {
        var image = image(List.of(), List.of("c"), List.of(), "");
        var root = build(image, 0).process().capabilities();
        assertEquals(root.bounding(), root.effective());
        assertEquals(root.bounding(), root.permitted());
        var user = build(image, 7).process().capabilities();
        assertEquals(root.bounding(), user.bounding());
        assertTrue(user.effective().isEmpty()
                && user.permitted().isEmpty()
                && user.ambient().isEmpty());
        assertTrue(user.inheritable().isEmpty() && root.inheritable().isEmpty());
    }

    @Test
    void theRootIsAnOverlayOfTheLayersTopmostFirst() {
        var root =
                build(image(List.of(), List.of("c"), List.of(), ""), 0).mounts().getFirst();
        assertEquals("/", root.destination());
        assertTrue(root.options().contains("lowerdir=/l/top:/l/base"), () -> root.options()
                .toString());
    }

    @Test
    void theUsersMountsReplaceKokersAndComeInTheOrderOfTheirDepth() {
        mounts = List.of(
                MountRequest.tmpfs("/x/y/z"),
                MountRequest.tmpfs("/x"),
                MountRequest.tmpfs("/dev/shm"),
                MountRequest.tmpfs("/etc/hosts"));
        var extra = new Spec.Mount("/etc/hosts", "bind", "/c/id/hosts", List.of("bind"));
        var all = build(image(List.of(), List.of("c"), List.of(), ""), 0, extra).mounts();
        var targets = all.stream().map(Spec.Mount::destination).toList();
        assertEquals(targets.stream().distinct().toList(), targets);
        assertTrue(targets.indexOf("/x") < targets.indexOf("/x/y/z"));
        assertFalse(all.contains(extra));
    }

    @Test
    void optionsReachTheirFields() {
        terminal = true;
        readOnly = true;
        init = true;
        network = "host";
        var spec = build(image(List.of(), List.of("c"), List.of(), ""), 7);
        assertTrue(spec.process().terminal() && spec.root().readonly());
        assertEquals(new Spec.ConsoleSize(24, 80), spec.process().consoleSize());
        assertEquals("true", spec.annotations().get("koker.init"));
        assertEquals(new Spec.User(7, 8, null, List.of(9L)), spec.process().user());
        assertEquals("host", spec.hostname());
        assertEquals(
                List.of("mount", "uts", "ipc", "pid", "cgroup"),
                spec.linux().namespaces().stream().map(Spec.Namespace::type).toList());
        network = "none";
        assertTrue(build(image(List.of(), List.of("c"), List.of(), ""), 7)
                .linux()
                .namespaces()
                .contains(new Spec.Namespace("network", null)));
    }
}
