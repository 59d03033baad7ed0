package koker.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.DiskUsage;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image du}. */
final class DiskUsageCommand {
    private static final String NONE = "<none>";
    private static final int ALGORITHM = "sha256:".length();
    private static final int SHORT_ID = 12;

    private final Koker koker;
    private final CommandSpec spec = Koker.command("du", "Show what images take up on the disk.", this::call);
    private final Supplier<Optional<Format>> format = new Options(spec)
            .value(
                    Format.LABEL,
                    "As one JSON object, or by a template: '{{.Stored}}'; sizes are in bytes.",
                    Format::parse,
                    "--format");

    DiskUsageCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage()
                .footer(
                        "",
                        "SIZE is what an image's layers take as they are stored, compressed or not; SHARED is what",
                        "other images have, too.");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var usage = koker.catalog().usage();
        if (format.get().isPresent()) {
            format.get().get().print(List.of(json(usage)), System.out);
            return 0;
        }
        var now = System.currentTimeMillis();
        var table = new Table("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED", "UNIQUE", "CONTAINERS");
        for (var row : usage.images()) {
            var image = row.image();
            table.add(List.of(
                    image.repository().isEmpty() ? NONE : image.repository(),
                    image.tag().isEmpty() ? NONE : image.tag(),
                    image.id().substring(ALGORITHM, ALGORITHM + SHORT_ID),
                    HumanReadable.age(image.created(), now),
                    HumanReadable.size(image.size()),
                    HumanReadable.size(row.shared()),
                    HumanReadable.size(row.unique()),
                    Integer.toString(row.containers())));
        }
        table.print(System.out);
        System.out.println();
        var total = new Table("TOTAL", "SIZE");
        total.add(List.of("stored layers", HumanReadable.size(usage.stored())));
        total.add(List.of("unpacked layers", HumanReadable.size(usage.unpacked())));
        total.add(List.of("  of no image", HumanReadable.size(usage.unneeded())));
        total.print(System.out);
        return 0;
    }

    private static JsonObject json(DiskUsage usage) {
        var images = new JsonArray();
        for (var row : usage.images()) {
            var json = new JsonObject();
            json.addProperty("ID", row.image().id());
            json.addProperty("Repository", row.image().repository());
            json.addProperty("Tag", row.image().tag());
            json.addProperty("Size", row.image().size());
            json.addProperty("SharedSize", row.shared());
            json.addProperty("UniqueSize", row.unique());
            json.addProperty("Containers", row.containers());
            images.add(json);
        }
        var json = new JsonObject();
        json.add("Images", images);
        json.addProperty("Stored", usage.stored());
        json.addProperty("Unpacked", usage.unpacked());
        json.addProperty("UnpackedLayers", usage.layers());
        json.addProperty("Unneeded", usage.unneeded());
        return json;
    }
}
