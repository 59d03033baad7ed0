package koker.cli;

import static koker.cli.OciOption.value;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import koker.oci.OciException;

/** The words of {@code koker oci update}. */
final class OciUpdate {
    private static final String KERNEL = "kernel-memory";
    private static final String KERNEL_TCP = "kernel-memory-tcp";

    /** Its options. */
    static final List<OciOption> OPTIONS = List.of(
            value(
                    "FILE",
                    "Read the limits from FILE, as config.json has linux.resources; - is standard input.",
                    "resources",
                    "r"),
            value("N", "The weight of reading and writing, 10 to 1000.", "blkio-weight"),
            value("MICROSECONDS", "The time in which the quota counts.", "cpu-period"),
            value("MICROSECONDS", "Processor time in each period; -1 for no limit.", "cpu-quota"),
            value("N", "The share of processor time, beside others' 1024.", "cpu-share"),
            value("MICROSECONDS", "What may be saved up for the next period.", "cpu-burst"),
            value("0|1", "Whether it only runs when nobody else wants to.", "cpu-idle"),
            value("MICROSECONDS", "The time in which the next one counts.", "cpu-rt-period"),
            value("MICROSECONDS", "Real-time processor time in each such period.", "cpu-rt-runtime"),
            value("LIST", "Which processors, as 0-2,4.", "cpuset-cpus"),
            value("LIST", "Which memory nodes.", "cpuset-mems"),
            value("BYTES", "Memory, as 64m; -1 for no limit.", "memory"),
            value("BYTES", "Memory that it is not pressed below.", "memory-reservation"),
            value("BYTES", "Memory and swap together.", "memory-swap"),
            value("N", "Processes and threads; -1 for no limit.", "pids-limit"),
            value("BYTES", "Taken, and not looked at: Linux has no such limit any more.", KERNEL, KERNEL_TCP));

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,19}(?:\\.[0-9]{1,19})?) ?([kKmMgGtTpP])?[iI]?[bB]?");
    private static final String UNITS = "kmgtp";
    private static final int UNIT = 10; // a power of two

    private OciUpdate() {}

    /** Whether they ask for what nobody can give any more. */
    static boolean isObsolete(OciWords words) {
        return words.value(KERNEL).isPresent();
    }

    /** What they ask for, as config.json has linux.resources. */
    static String resources(OciWords words) throws IOException {
        var source = words.value("resources");
        if (source.isPresent()) {
            return source.get().equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(Path.of(source.get()));
        }
        var memory = new JsonObject();
        size(words, "memory", memory, "limit");
        size(words, "memory-reservation", memory, "reservation");
        size(words, "memory-swap", memory, "swap");
        var processor = new JsonObject();
        number(words, "cpu-share", processor, "shares");
        number(words, "cpu-burst", processor, "burst");
        number(words, "cpu-idle", processor, "idle");
        number(words, "cpu-period", processor, "period");
        number(words, "cpu-quota", processor, "quota");
        number(words, "cpu-rt-period", processor, "realtimePeriod");
        number(words, "cpu-rt-runtime", processor, "realtimeRuntime");
        words.value("cpuset-cpus").ifPresent(cpus -> processor.addProperty("cpus", cpus));
        words.value("cpuset-mems").ifPresent(mems -> processor.addProperty("mems", mems));
        var processes = new JsonObject();
        number(words, "pids-limit", processes, "limit");
        var blocks = new JsonObject();
        number(words, "blkio-weight", blocks, "weight");
        var all = new JsonObject();
        add(all, "memory", memory);
        add(all, "cpu", processor);
        add(all, "pids", processes);
        add(all, "blockIO", blocks);
        if (all.isEmpty() && !isObsolete(words)) {
            throw new OciException("what is to be limited? See: koker oci update --help");
        }
        return all.toString();
    }

    private static void add(JsonObject all, String name, JsonObject part) {
        if (!part.isEmpty()) {
            all.add(name, part);
        }
    }

    private static void number(OciWords words, String option, JsonObject part, String field) {
        var value = words.value(option);
        if (value.isPresent()) {
            try {
                part.addProperty(field, Long.parseLong(value.get()));
            } catch (NumberFormatException e) {
                throw refused(option, value.get());
            }
        }
    }

    private static void size(OciWords words, String option, JsonObject part, String field) {
        var value = words.value(option);
        if (value.isPresent()) {
            part.addProperty(field, value.get().equals("-1") ? -1 : bytes(option, value.get()));
        }
    }

    /**
     * The bytes that {@code text} names, as Docker has them: 64m, 64MiB, 1.5 GB, each of them with units of 1024.
     *
     * @throws OciException if it names none; {@code option} says of what
     */
    static long bytes(String option, String text) {
        var size = SIZE.matcher(text);
        if (!size.matches()) {
            throw refused(option, text);
        }
        var unit = size.group(2) == null ? 0 : 1 + UNITS.indexOf(size.group(2).toLowerCase(Locale.ROOT));
        try {
            return new BigDecimal(size.group(1))
                    .multiply(BigDecimal.valueOf(1L << UNIT * unit))
                    .toBigInteger()
                    .longValueExact();
        } catch (ArithmeticException e) {
            throw refused(option, text);
        }
    }

    private static OciException refused(String option, String text) {
        return new OciException("invalid value for " + option + ": " + text);
    }
}
