package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The names of containers, which other kokers give and take away meanwhile. */
class DirectoryTest {
    private static final int MANY = 3000;

    @TempDir
    Path folder;

    @Test
    void namesThatOthersTakeAwayMeanwhileDoNotMatter() throws Exception {
        var home = new Home(folder.resolve("root"), folder.resolve("run"));
        Files.createDirectories(home.names());
        var directory = new Directory(home);
        var own = directory.folder("0123");
        directory.name("own", own);
        var others = CompletableFuture.runAsync(() -> giveAndTake(directory));
        while (!others.isDone()) {
            assertEquals(List.of("own"), directory.names(own));
        }
        others.get();
    }

    private static void giveAndTake(Directory directory) {
        try {
            var other = directory.folder("4567");
            for (var i = 0; i < MANY; i++) {
                directory.name("other", other);
                directory.unname("other", other);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
