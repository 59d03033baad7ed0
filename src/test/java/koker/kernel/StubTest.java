package koker.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The machine code in {@link Architecture} is what the assembler makes of the sources beside it. */
class StubTest {
    @ParameterizedTest
    @EnumSource(Architecture.class)
    void isWhatItsSourceSays(Architecture architecture, @TempDir Path folder) throws Exception {
        var name = architecture.name().toLowerCase(Locale.ROOT);
        var source = Path.of("src/main/java/koker/kernel/stub-" + name + ".s");
        var tools = name + "-linux-gnu-";
        var object = folder.resolve("stub.o").toString();
        var binary = folder.resolve("stub.bin");
        Tool.run(tools + "as", "-o", object, source.toString());
        Tool.run(tools + "objcopy", "-O", "binary", "-j", ".text", object, binary.toString());

        var hex = HexFormat.of();
        var expected = hex.formatHex(Files.readAllBytes(binary));
        assertEquals(
                expected,
                hex.formatHex(architecture.stub()),
                () -> "Architecture." + architecture + " should hold:\n" + expected.replaceAll("(.{80})", "$1\n"));

        var symbols = Tool.run(tools + "nm", object).stream()
                .map(line -> line.split(" "))
                .filter(words -> words.length == 3)
                .collect(Collectors.toMap(words -> words[2], words -> Integer.parseInt(words[0].substring(8), 16)));
        symbols.keySet().retainAll(Set.of("run", "signal", "restore", "pipe"));
        assertEquals(
                symbols,
                Map.of(
                        "run", 0,
                        "signal", architecture.signal(),
                        "restore", architecture.restore(),
                        "pipe", architecture.pipe()),
                "the offsets in Architecture." + architecture);
    }
}
