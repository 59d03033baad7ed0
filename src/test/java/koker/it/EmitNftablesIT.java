package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written down has the same rules of nf_tables as koker itself, and takes away what it has added. */
@WithFirewall(WithFirewall.Kind.NFTABLES)
class EmitNftablesIT {
    @RegisterExtension
    static final Host host = new Host();

    private static final List<String> OPTIONS = List.of("-p", "8086:80", "-p", "127.0.0.1:8087:81/udp");

    /** Each test begins without a network, and ends so. */
    @BeforeAll
    static void removeFirst() {
        host.koker("-q", "network", "rm", "default").run().succeeded();
    }

    @AfterEach
    void removeNetwork() {
        host.koker("-q", "network", "rm", "default").run();
    }

    private static String rules() {
        return host.command("nft", "-s", "list", "table", "inet", "koker")
                .run()
                .out()
                .replaceAll("koker-[0-9a-f]{12}", "ID");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "c"})
    void theRulesAreTheSame(String language) throws IOException {
        host.koker("-q", "run", "-d", "--name", "web", OPTIONS, "busybox", "sleep", "1000")
                .run()
                .succeeded();
        var byKoker = rules();
        host.ok("rm", "-f", "web");
        removeNetwork();
        assertTrue(byKoker.contains("dport 8086 dnat ip to"), byKoker);

        var running = start(language);
        assertEquals(byKoker, rules());
        running.signal("TERM");
        assertEquals(143, running.end().status());
        assertEquals("", rules());
    }

    /** Of what is there already nothing is added twice, or taken away. */
    @ParameterizedTest
    @ValueSource(strings = {"sh", "c"})
    void othersKeepTheirs(String language) throws IOException {
        host.koker("-q", "run", "-d", "--name", "other", "busybox", "sleep", "1000")
                .run()
                .succeeded();
        var before = rules();
        assertTrue(before.contains("masquerade"), before);

        var running = start(language);
        assertEquals(before, rules().replaceAll("(?m)^.* dport 808[67] .*\n", ""));
        assertTrue(rules().contains("dport 8087"), rules());
        running.signal("TERM");
        assertEquals(143, running.end().status());
        assertEquals(before, rules());
        host.ok("rm", "-f", "other");
    }

    /** The program that koker writes, which has made its container. */
    private static Command.Running start(String language) throws IOException {
        var up = host.work().resolve("up");
        Files.deleteIfExists(up);
        var words = List.of("-v", host.work() + ":/data", "busybox", "sh", "-c", "touch /data/up; sleep 1000");
        var text = host.koker("-q", "run", "--emit", language, OPTIONS, words)
                .run()
                .succeeded()
                .out();
        var file = Files.writeString(host.work().resolve("container." + language), text);
        List<Object> program = List.of("dash", file);
        if (language.equals("c")) {
            var compiled = host.work().resolve("container");
            host.command("gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-o", compiled, file)
                    .run()
                    .succeeded();
            program = List.of(compiled);
        }
        var running = host.command(program).start();
        Poll.until("it is up", () -> Files.exists(up));
        return running;
    }
}
