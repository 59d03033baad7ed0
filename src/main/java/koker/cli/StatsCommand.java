package koker.cli;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import koker.engine.Container;
import koker.engine.ContainerViews;
import koker.engine.Stats;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker container stats}. */
final class StatsCommand {
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final String TOP_OF_SCREEN = "\u001b[H\u001b[J";

    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("stats", "Show what containers use: now, and again each second.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> once = options.flag("Only once.", "--no-stream");
    private final Supplier<Boolean> all = options.flag("Those that do not run, too.", "-a", "--all");
    private final Supplier<Optional<Format>> format =
            options.value(Format.LABEL, Format.DESCRIPTION, Format::parse, "--format");
    private final PositionalParamSpec names = PositionalParamSpec.builder()
            .paramLabel("CONTAINER")
            .arity("0..*")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("Name, ID, or the beginning of an ID (default: all that run).")
            .build();

    StatsCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(names);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var containers = koker.views();
        var before = new HashMap<String, Stats>();
        containers
                .stats(wanted(containers))
                .forEach(stats -> before.put(stats.container().id(), stats));
        var terminal = System.console() != null && System.console().isTerminal();
        do {
            LockSupport.parkNanos(INTERVAL.toNanos());
            var now = containers.stats(wanted(containers));
            if (terminal && !once.get()) {
                System.out.print(TOP_OF_SCREEN);
            }
            print(now, before);
            now.forEach(stats -> before.put(stats.container().id(), stats));
        } while (!once.get());
        return 0;
    }

    private List<Container> wanted(ContainerViews containers) {
        List<String> given = names.getValue();
        if (given != null) {
            return given.stream().map(containers::get).toList();
        }
        var list = new ArrayList<>(containers.list());
        list.removeIf(container -> !all.get() && !container.isAlive());
        return list;
    }

    private void print(List<Stats> all, Map<String, Stats> before) {
        if (format.get().isPresent()) {
            format.get()
                    .get()
                    .print(
                            all.stream()
                                    .map(stats -> json(
                                            stats,
                                            before.getOrDefault(
                                                    stats.container().id(), stats)))
                                    .toList(),
                            System.out);
            return;
        }
        var table = new Table(
                "CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS");
        for (var stats : all) {
            var json = json(stats, before.getOrDefault(stats.container().id(), stats));
            var cells = new ArrayList<String>();
            for (var name : List.of("ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs")) {
                cells.add(json.get(name).getAsString());
            }
            table.add(cells);
        }
        table.print(System.out);
    }

    private static JsonObject json(Stats stats, Stats before) {
        var usage = stats.usage();
        var limited = usage.memoryLimit() >= 0 && usage.memoryLimit() < Long.MAX_VALUE;
        var json = new JsonObject();
        json.addProperty("ID", stats.container().id());
        json.addProperty("Name", stats.container().name());
        json.addProperty("CPUPerc", percent(stats.processor(before)));
        json.addProperty("MemUsage", size(usage.memory()) + " / " + (limited ? size(usage.memoryLimit()) : "no limit"));
        json.addProperty("MemPerc", limited ? percent(100.0 * usage.memory() / usage.memoryLimit()) : "--");
        json.addProperty("NetIO", size(stats.bytesReceived()) + " / " + size(stats.bytesSent()));
        json.addProperty("BlockIO", size(usage.bytesRead()) + " / " + size(usage.bytesWritten()));
        json.addProperty("PIDs", usage.processes() < 0 ? "--" : Long.toString(usage.processes()));
        return json;
    }

    private static String size(long bytes) {
        return bytes < 0 ? "--" : HumanReadable.size(bytes);
    }

    private static String percent(double value) {
        var hundredths = Math.round(value * 100);
        return hundredths / 100 + "." + (hundredths % 100 < 10 ? "0" : "") + hundredths % 100 + "%";
    }
}
