package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Users of an image, and paths in it, whatever links the image holds. */
class RootFilesTest {
    private static final String PASSWD = """
            # comment
            root:x:0:0:root:/root:/bin/sh
            daemon:x:1:1::/usr/sbin:
            short:x:7
            app:x:1000:100:App,,,:/home/app:/bin/sh
            1002:x:2000:2000::/home/number:
            homeless:x:5:5:::
            huge:x:99999999999:0::/:
            bad:x:abc:0::/:
            """;
    private static final String GROUP = """
            root:x:0:
            users:x:100:app
            wheel:x:10:root,app
            audio:x:29:application,other
            app:x:1000:
            """;

    @TempDir
    Path folder;

    private Path root;

    @BeforeEach
    void makeRoot() throws IOException {
        root = Files.createDirectories(folder.resolve("image"));
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(root.resolve("etc/passwd"), PASSWD);
        Files.writeString(root.resolve("etc/group"), GROUP);
    }

    private String refusal(String user) {
        var message = assertThrows(EngineException.class, () -> Account.find(root, user), user)
                .getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``          | 0    | 0    | 10     | /root
            root        | 0    | 0    | 10     | /root
            0           | 0    | 0    | 10     | /root
            app         | 1000 | 100  | 100,10 | /home/app
            1000        | 1000 | 100  | 100,10 | /home/app
            app:app     | 1000 | 1000 | ``     | /home/app
            app:        | 1000 | 100  | 100,10 | /home/app
            :users      | 0    | 100  | ``     | /root
            app:7777    | 1000 | 7777 | ``     | /home/app
            4242        | 4242 | 0    | ``     | /
            4242:wheel  | 4242 | 10   | ``     | /
            1002        | 2000 | 2000 | ``     | /home/number
            homeless    | 5    | 5    | ``     | /
            2147483647  | 2147483647 | 0 | ``  | /
            """)
    void aUserIsFoundInTheImagesOwnFiles(String user, long uid, long gid, String groups, String home) {
        var supplementary = groups.isEmpty()
                ? List.<Long>of()
                : List.of(groups.split(",")).stream().map(Long::valueOf).toList();
        assertEquals(new Account(uid, gid, supplementary, home), Account.find(root, user));
    }

    @ParameterizedTest
    @CsvSource({
        "nobody, 'nobody'",
        "short, 'short'",
        "app:nogroup, 'nogroup'",
        "2147483648, 2147483648",
        "-1, '-1'",
        "huge, 99999999999",
        "bad, 'abc'",
        "app:99999999999999999999, '99999999999999999999'",
        "root:2147483648, 2147483648"
    })
    void whoIsNotThereIsNamed(String user, String named) {
        assertTrue(refusal(user).contains(named), () -> refusal(user));
    }

    @Test
    void anImageWithoutFilesKnowsNumbersAlone() throws IOException {
        Files.delete(root.resolve("etc/passwd"));
        Files.delete(root.resolve("etc/group"));
        assertEquals(new Account(0, 0, List.of(), "/"), Account.find(root, ""));
        assertEquals(new Account(5, 6, List.of(), "/"), Account.find(root, "5:6"));
        refusal("root");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/secret/passwd", "../../../../../../../../secret/passwd", "/etc/../secret/passwd"})
    void aLinkThatLeadsOutsideIsFollowedInside(String target) throws IOException {
        Files.createDirectories(folder.resolve("secret"));
        Files.writeString(folder.resolve("secret/passwd"), "spy:x:666:666::/:\n");
        Files.delete(root.resolve("etc/passwd"));
        Files.createSymbolicLink(root.resolve("etc/passwd"), Path.of(target));
        refusal("spy");
        Files.createDirectories(root.resolve("secret"));
        Files.writeString(root.resolve("secret/passwd"), "inner:x:7:8::/:\n");
        assertEquals(7, Account.find(root, "inner").uid());
    }

    @Test
    void theHostsPasswdIsNeverRead() throws IOException {
        Files.delete(root.resolve("etc/passwd"));
        var up = "../".repeat(root.getNameCount() + 5);
        Files.createSymbolicLink(root.resolve("etc/passwd"), Path.of(up + "etc/passwd"));
        assertTrue(Files.exists(root.resolve("etc/passwd")), "the link would lead to the host's file");
        assertThrows(EngineException.class, () -> Account.find(root, "daemon"));
    }

    @Test
    @Timeout(10)
    void aFileThatIsNoneIsLeftAlone() throws Exception {
        Files.delete(root.resolve("etc/passwd"));
        assertEquals(
                0,
                new ProcessBuilder("mkfifo", root.resolve("etc/passwd").toString())
                        .start()
                        .waitFor());
        assertEquals(4, Account.find(root, "4").uid(), "reading a pipe would last for ever");
    }

    @ParameterizedTest
    @CsvSource({
        "/a/b, a/b",
        "a/b, a/b",
        "/, ''",
        "/a/../b, b",
        "/../../b, b",
        "/a/./b/, a/b",
        "/absolute/x, target/x",
        "/relative/x, target/x",
        "/up/x, x",
        "/dir/up/x, target/x",
        "/chain/x, target/x",
        "/absolute/../x, x",
        "/missing/../x, x"
    })
    void aPathStaysInItsRoot(String path, String expected) throws IOException {
        Files.createDirectories(root.resolve("target"));
        Files.createDirectories(root.resolve("dir"));
        Files.createSymbolicLink(root.resolve("absolute"), Path.of("/target"));
        Files.createSymbolicLink(root.resolve("relative"), Path.of("target"));
        Files.createSymbolicLink(root.resolve("up"), Path.of("../../.."));
        Files.createSymbolicLink(root.resolve("dir/up"), Path.of("../../../target"));
        Files.createSymbolicLink(root.resolve("chain"), Path.of("/dir/up"));
        assertEquals(root.resolve(expected), ImageFiles.of(root).file(path));
    }

    @Test
    void linksInACircleAreRefused() throws IOException {
        Files.createSymbolicLink(root.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(root.resolve("b"), Path.of("/a"));
        assertThrows(FileSystemLoopException.class, () -> ImageFiles.of(root).file("/a/x"));
    }
}
