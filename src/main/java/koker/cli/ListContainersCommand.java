package koker.cli;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import koker.engine.Container;
import koker.engine.ContainerFilter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** {@code koker container ls}, or {@code koker ps}. */
final class ListContainersCommand {
    private static final int SHORT_COMMAND = 20;

    private final Koker koker;
    private final CommandSpec spec;
    private final Supplier<Boolean> all;
    private final Supplier<Boolean> quiet;
    private final Supplier<Boolean> whole;
    private final Supplier<Optional<Integer>> last;
    private final Supplier<Boolean> latest;
    private final Supplier<List<String>> filters;
    private final Supplier<Optional<Format>> format;

    /** The command, as {@code name}: ls or ps. */
    ListContainersCommand(Koker koker, String name) {
        this.koker = koker;
        this.spec = Koker.command(name, "List containers: those that run, or all.", this::call);
        var options = new Options(spec);
        all = options.flag("Those that do not run, too.", "-a", "--all");
        quiet = options.flag("Their IDs alone.", "-q", "--quiet");
        whole = options.flag("Whole commands.", "--no-trunc");
        last = options.value(
                "N", "The N that were made last, whether they run or not.", Integer::valueOf, "-n", "--last");
        latest = options.flag("The one that was made last.", "-l", "--latest");
        filters = options.values(
                "KIND=VALUE",
                "Those that fit: id, name, status, exited, health, label, ancestor, before, since.",
                String::toString,
                "-f",
                "--filter");
        format = options.value(Format.LABEL, Format.DESCRIPTION, Format::parse, "--format");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        ContainerFilter filter;
        try {
            filter = new ContainerFilter(filters.get());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        var brief = filters.get().isEmpty() && format.get().isEmpty();
        koker.views().list(brief, all -> view(filter, all)).run();
        return 0;
    }

    /** What prints those that are asked for. */
    private Runnable view(ContainerFilter filter, List<Container> existing) {
        var containers = filter.of(existing);
        var count = latest.get() ? Optional.of(1) : last.get();
        if (!all.get() && count.isEmpty() && !filter.asksForState()) {
            containers.removeIf(container -> !container.isAlive());
        }
        if (count.isPresent() && count.get() < containers.size()) {
            containers.subList(count.get(), containers.size()).clear();
        }
        if (quiet.get()) {
            return () -> containers.forEach(container -> System.out.println(container.id()));
        }
        var now = System.currentTimeMillis();
        if (format.get().isPresent()) {
            var things =
                    containers.stream().map(container -> json(container, now)).toList();
            return () -> format.get().get().print(things, System.out);
        }
        var table = table(containers, now).toString();
        return () -> {
            System.out.print(table);
            System.out.flush();
        };
    }

    private Table table(List<Container> containers, long now) {
        var table = new Table("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES");
        for (var container : containers) {
            table.add(List.of(
                    container.id(),
                    container.image(),
                    '"' + command(container) + '"',
                    HumanReadable.age(container.created(), now),
                    status(container, now),
                    ports(container),
                    container.name()));
        }
        return table;
    }

    private String command(Container container) {
        var text = String.join(" ", container.command());
        return whole.get() || text.length() <= SHORT_COMMAND ? text : text.substring(0, SHORT_COMMAND - 1) + "…";
    }

    private static String ports(Container container) {
        return container.ports().stream()
                .map(port -> port.outside() + "->" + port.inside())
                .collect(Collectors.joining(", "));
    }

    private static String status(Container container, long now) {
        return switch (container.status()) {
            case CREATED -> "Created";
            case RUNNING -> "Up " + HumanReadable.duration(container.started(), now) + health(container);
            case PAUSED -> "Up " + HumanReadable.duration(container.started(), now) + " (Paused)";
            case REMOVING -> "Removal In Progress";
            case STOPPED ->
                container.exitStatus().isEmpty()
                        ? "Exited"
                        : "Exited (" + container.exitStatus().get() + ") " + HumanReadable.age(container.ended(), now);
        };
    }

    private static String health(Container container) {
        return container
                .health()
                .map(status -> status.equals("starting") ? " (health: starting)" : " (" + status + ")")
                .orElse("");
    }

    private JsonObject json(Container container, long now) {
        var json = new JsonObject();
        json.addProperty("ID", container.id());
        json.addProperty("Image", container.image());
        json.addProperty("Command", '"' + command(container) + '"');
        json.addProperty("CreatedAt", Instant.ofEpochMilli(container.created()).toString());
        json.addProperty("RunningFor", HumanReadable.age(container.created(), now));
        json.addProperty("State", container.status().toString());
        json.addProperty("Status", status(container, now));
        json.addProperty("Ports", ports(container));
        json.addProperty("Names", container.name());
        json.addProperty("Networks", String.join(",", container.networks()));
        json.addProperty("Pid", container.pid());
        var labels = new StringBuilder();
        container.labels().forEach((name, value) -> labels.append(labels.isEmpty() ? "" : ",")
                .append(name)
                .append('=')
                .append(value));
        json.addProperty("Labels", labels.toString());
        return json;
    }
}
