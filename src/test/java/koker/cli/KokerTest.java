package koker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The command line: its help, and what it says to wrong usage. */
class KokerTest {
    private record Ended(int status, String out, String err) {}

    private static Ended run(String... args) {
        var out = System.out;
        var err = System.err;
        var outBytes = new ByteArrayOutputStream();
        var errBytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(outBytes, true));
        System.setErr(new PrintStream(errBytes, true));
        try {
            return new Ended(new Koker().execute(args), outBytes.toString(), errBytes.toString());
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    static Stream<List<String>> commands() {
        return commands(new Koker().commandLine(), List.of());
    }

    private static Stream<List<String>> commands(CommandLine command, List<String> words) {
        return Stream.concat(
                Stream.of(words), command.getSubcommands().entrySet().stream().flatMap(sub -> {
                    var more = new ArrayList<>(words);
                    more.add(sub.getKey());
                    return commands(sub.getValue(), more);
                }));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelpThatFitsThePage(List<String> words) {
        for (var option : List.of("-h", "--help")) {
            var args = new ArrayList<>(words);
            args.add(option);
            var ended = run(args.toArray(String[]::new));
            assertEquals(0, ended.status(), ended.err());
            assertEquals("", ended.err());
            assertTrue(ended.out().startsWith("Usage: koker"), ended.out());
            ended.out().lines().forEach(line -> assertTrue(line.length() <= 100, line));
            ended.out().lines().forEach(line -> assertEquals(line.stripTrailing(), line, "ends with spaces"));
        }
    }

    @Test
    void commandsHaveTheirAliases() {
        var names = commands().map(words -> String.join(" ", words)).toList();
        assertTrue(
                names.containsAll(List.of("run", "container run", "c run", "container rm", "c rm", "image ls", "i ls")),
                names::toString);
    }

    @Test
    void whatMakesStepsHasTheOptionsOfTheLens() {
        for (var command : List.of("run", "exec", "stop", "rm", "network connect", "image pull")) {
            var help = run((command + " --help").split(" ")).out();
            for (var option : List.of("--explain", "--step", "--fail", "--skip")) {
                assertTrue(help.contains(option), command + ": " + help);
            }
        }
        for (var command : List.of("image ls", "trace show", "trace diff", "trace chrome", "trace html")) {
            assertFalse(run((command + " --help").split(" ")).out().contains("--fail"), command);
        }
    }

    @Test
    void wordsAreExplained() {
        assertTrue(run("explain", "pivot_root", "EXDEV").out().contains("Steps that use it: enter-root"));
        assertTrue(run("explain", "--list").out().contains("CLONE_NEWUSER"));
        assertTrue(run("--root", "/x", "explain", "CLONE_NEWUSER").out().startsWith("CLONE_NEWUSER: a flag"));
    }

    @Test
    void theVersionIsTold() {
        for (var option : List.of(new String[] {"--version"}, new String[] {"-q", "--version"})) {
            var ended = run(option);
            assertEquals(0, ended.status());
            assertTrue(ended.out().matches("koker [0-9]+\\.[0-9]+\\.[0-9]+\n"), ended.out());
        }
    }

    @Test
    void versionsAreToldInColumnsAndAsDockerHasThem() {
        var version = run("--version").out().strip().substring("koker ".length());
        assertTrue(run("version").out().matches("(?s)Client: +koker\nVersion: +" + version + "\n.*"));
        assertEquals(
                version + " linux\n",
                run("version", "-f", "{{.Client.Version}} {{.Client.Os}}").out());
        assertTrue(run("version", "--format", "json").out().startsWith("{\"Client\":{\"Version\":\"" + version));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                    | which command
            container                             | which command
            nonsense                              | nonsense
            --nonsense                            | --nonsense
            run                                   | IMAGE
            run --name                            | --name
            run --nonsense busybox                | --nonsense
            run UPPER                             | UPPER
            run --rm --keep busybox               | --rm and --keep
            run --mem -5 busybox                  | --mem
            run --mem 5x busybox                  | '5x'
            run --mem 1m busybox                  | 6m
            run --mem 2147483648 busybox          | 2147483648
            run --cpus abc busybox                | 'abc'
            run --cpus 0 busybox                  | '0'
            run --pids 0 busybox                  | '0'
            run --swap 1g busybox                 | --mem
            run --user= --network ns:moon busybox | 'ns:moon'
            run -v /no/such/folder:/x busybox     | /no/such/folder
            run -v /etc:relative busybox          | 'relative'
            run --mount type=what,target=/x busybox | 'what'
            run --tmpfs relative busybox          | 'relative'
            run --tmpfs /x -v /etc:/x busybox     | /x
            run -w relative busybox               | 'relative'
            run --cap-add NONSENSE busybox        | 'NONSENSE'
            run --ulimit nofile busybox           | nofile=1024:2048
            run --shm-size x busybox              | 'x'
            run --hostname -x busybox             | '-x'
            run --env-file /no/such/file busybox  | /no/such/file
            run --env =x busybox                  | NAME=VALUE
            inspect                               | NAME
            inspect --type pod x                  | 'pod'
            inspect --format nothing x            | 'nothing'
            version x                             | 'x'
            info --format {                       | '{'
            explain                               | --list
            explain --list EXDEV                  | --list
            explain pivotroot                     | did you mean pivot_root
            --explain -q run busybox              | --quiet
            run --fail nonsense busybox           | STEP
            run --fail no-such=EPERM busybox      | there is no step 'no-such'; see: koker explain --list
            run --fail set-hostnam=EPERM busybox  | set-hostname
            run --fail pivot_rot=EPERM busybox    | pivot_root
            run --fail mount=ENONSENSE busybox    | 'ENONSENSE'
            run --skip no-such busybox            | there is no step 'no-such'; see: koker explain --list
            run --skip enter-root busybox         | cannot be left out: the command would run in the host's own files
            run --skip pivot_root busybox         | enter-root
            --skip clone run busybox              | cannot be left out
            network connect --skip make-veth n c  | cannot be left out
            container rm                          | CONTAINER
            start                                 | CONTAINER
            start --boot x                        | --boot
            container update c                    | nothing to change
            container update --restart maybe c    | 'maybe'
            container update --pids many c        | 'many'
            container prune --filter x            | 'x'
            container healthcheck                 | which command
            container healthcheck run             | CONTAINER
            wait --condition rich c               | 'rich'
            ps --filter health=rich               | 'rich'
            run --annotation x busybox            | 'x'
            run --pidfile /no/such/file busybox   | /no/such/file
            run --health-interval 5 busybox       | '5'
            run --no-healthcheck --health-cmd x busybox | exclude
            run --rm --restart always busybox     | --restart
            image push                            | IMAGE
            push a UPPER                          | UPPER
            login a b                             | 'b'
            login -u me -p x --password-stdin     | --password-stdin
            login --password-stdin                | --username
            login https://                        | registry
            logout a b                            | 'b'
            image search-tags                     | NAME
            image search-tags --limit 0 a         | '0'
            image search-tags --format xml a      | 'xml'
            push a b c                            | 'c'
            image nonsense                        | nonsense
            i nonsense                            | nonsense
            image ls --format plain               | 'plain'
            image ls --format {{.Id               | {{…}}
            image ls --format {{nonsense}}        | 'nonsense'
            image ls --filter colour=red          | 'colour=red'
            image ls --filter dangling=maybe      | 'maybe'
            image ls --filter until=yesterday     | 'yesterday'
            image ls --filter reference=[         | '['
            image inspect                         | IMAGE
            image history                         | IMAGE
            image history a b                     | 'b'
            tag busybox                           | NAME
            tag busybox UPPER                     | UPPER
            save                                  | IMAGE
            save --format zip busybox             | 'zip'
            import                                | FILE
            import --change FROM=x -              | 'FROM=x'
            import --platform a/b/c/d -           | platform
            image export-layout busybox           | DIR
            image prune --filter x                | 'x'
            image rm                              | IMAGE
            pull                                  | IMAGE
            """)
    void wrongUsageIsAnsweredInOneLine(String arguments, String named) {
        var ended = run(("--root /dev/null/none " + arguments).split(" "));
        assertEquals(125, ended.status(), ended.toString());
        assertEquals("", ended.out());
        assertEquals(1, ended.err().lines().count(), ended.err());
        assertTrue(ended.err().startsWith("koker: "), ended.err());
        assertTrue(ended.err().contains(named), ended.err());
        assertFalse(ended.err().contains("Exception"), ended.err());
    }
}
