package koker.cli;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.image.Image;
import koker.image.ImageConfig.History;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image history}. */
final class HistoryCommand {
    private static final int SHORT_ID = 12;
    private static final int SHORT_TEXT = 45;
    private static final String MISSING = "<missing>";

    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("history", "Show how an image was built, the last step first.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> quiet = options.flag("Its IDs alone.", "-q", "--quiet");
    private final Supplier<Boolean> whole = options.flag("Whole IDs and commands.", "--no-trunc");
    private final Supplier<Optional<Format>> format =
            options.value(Format.LABEL, Format.DESCRIPTION, Format::parse, "--format");
    private final Supplier<String> name = options.word("0", "IMAGE", Options.IMAGE);

    HistoryCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage().footer("", "The size is that of the layer as it is stored, compressed or not.");
    }

    CommandSpec spec() {
        return spec;
    }

    /** A step, and how many bytes its layer has. */
    private record Row(String id, History step, long size) {
        Instant created() {
            try {
                return Instant.parse(step.created());
            } catch (DateTimeParseException e) {
                return Instant.EPOCH;
            }
        }
    }

    private int call() {
        var rows = rows(koker.catalog().get(name.get()));
        var now = Instant.now();
        if (quiet.get()) {
            rows.forEach(row -> System.out.println(row.id()));
        } else if (format.get().isPresent()) {
            format.get().get().print(rows.stream().map(row -> json(row, now)).toList(), System.out);
        } else {
            var table = new Table("IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT");
            rows.forEach(row -> table.add(List.of(
                    row.id(),
                    HumanReadable.age(row.created(), now),
                    command(row.step()),
                    HumanReadable.size(row.size()),
                    row.step().comment())));
            table.print(System.out);
        }
        return 0;
    }

    /** The last step has the image's ID: those of the images before it are not known. */
    private List<Row> rows(Image image) {
        var steps = new ArrayList<>(image.config().history());
        var missing = image.layers().size()
                - steps.stream().filter(step -> !step.emptyLayer()).count();
        // Layers of which nothing is said are below those of which something is.
        for (var i = 0; i < missing; i++) {
            steps.addFirst(new History("", "", "", "", false));
        }
        var rows = new ArrayList<Row>();
        var layers = image.layers().iterator();
        for (var step : steps) {
            var size = step.emptyLayer() || !layers.hasNext()
                    ? 0
                    : layers.next().blob().size();
            rows.addFirst(new Row(rows.size() == steps.size() - 1 ? id(image) : MISSING, step, size));
        }
        return rows;
    }

    private String id(Image image) {
        return whole.get() ? image.id().toString() : image.id().hex().substring(0, SHORT_ID);
    }

    private String command(History step) {
        var text = step.createdBy().replaceAll("\\s+", " ").strip();
        return whole.get() || text.length() <= SHORT_TEXT ? text : text.substring(0, SHORT_TEXT - 1) + "…";
    }

    private JsonObject json(Row row, Instant now) {
        var json = new JsonObject();
        json.addProperty("ID", row.id());
        json.addProperty("CreatedAt", row.step().created());
        json.addProperty("CreatedSince", HumanReadable.age(row.created(), now));
        json.addProperty("CreatedBy", row.step().createdBy());
        json.addProperty("Size", HumanReadable.size(row.size()));
        json.addProperty("Bytes", row.size());
        json.addProperty("Comment", row.step().comment());
        return json;
    }
}
