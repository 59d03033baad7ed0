package koker.dist;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import koker.cli.Koker;
import picocli.AutoComplete;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** Writes what describes the command line, from its own model: the source of the man pages, and shell completion. */
public final class Documents {
    private Documents() {}

    /** Takes the folder to write to. */
    public static void main(String[] args) throws IOException {
        var folder = Path.of(args[0]);
        Files.createDirectories(folder);
        var commandLine = new Koker().commandLine();
        var quietly = new boolean[3];
        ManPageGenerator.generateManPage(folder.toFile(), (File) null, quietly, true, commandLine.getCommandSpec());
        Files.writeString(folder.resolve("koker.bash"), AutoComplete.bash("koker", commandLine));
    }
}
