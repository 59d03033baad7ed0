package koker.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker info}. */
final class InfoCommand {
    private static final List<Map.Entry<String, String>> LINES = List.of(
            Map.entry("Containers", "Containers"),
            Map.entry(" Running", "ContainersRunning"),
            Map.entry(" Paused", "ContainersPaused"),
            Map.entry(" Stopped", "ContainersStopped"),
            Map.entry("Images", "Images"),
            Map.entry("Version", "ServerVersion"),
            Map.entry("Storage Driver", "Driver"),
            Map.entry("Root Dir", "DockerRootDir"),
            Map.entry("Cgroup Driver", "CgroupDriver"),
            Map.entry("Cgroup Version", "CgroupVersion"),
            Map.entry("Kernel Version", "KernelVersion"),
            Map.entry("Operating System", "OperatingSystem"),
            Map.entry("OSType", "OSType"),
            Map.entry("Architecture", "Architecture"),
            Map.entry("CPUs", "NCPU"),
            Map.entry("Total Memory", "MemTotal"),
            Map.entry("Name", "Name"));

    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("info", "Show what there is on this host, and what host it is.", this::call);
    private final Supplier<Optional<Format>> format = new Options(spec)
            .value(
                    Format.LABEL,
                    "As one JSON object, or by a template: '{{.CgroupVersion}}'.",
                    Format::parse,
                    "-f",
                    "--format");

    InfoCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var json = koker.description();
        if (format.get().isPresent()) {
            format.get().get().print(List.of(json), System.out);
            return 0;
        }
        for (var line : LINES) {
            var value = json.get(line.getValue()).getAsString();
            System.out.println(line.getKey() + ": "
                    + (line.getValue().equals("MemTotal") ? HumanReadable.size(Long.parseLong(value)) : value));
        }
        return 0;
    }
}
