package koker.cli;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.ImageFilter;
import koker.image.ImageSummary;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image ls}. */
final class ListImagesCommand {
    private static final String NONE = "<none>";
    private static final int SHORT_ID = 12;
    private static final String ALGORITHM = "sha256:";

    private final Koker koker;
    private final CommandSpec spec;
    private final Supplier<Boolean> quiet;
    private final Supplier<Boolean> whole;
    private final Supplier<Boolean> digests;
    private final Supplier<List<ImageFilter>> filters;
    private final Supplier<Optional<Format>> format;
    private final PositionalParamSpec name = PositionalParamSpec.builder()
            .paramLabel("NAME")
            .arity("0..1")
            .type(Object.class)
            .converters(Options.converter(ImageFilter::reference))
            .description("Only those of that repository, or of that name: busybox, 'local*', busybox:1.36.")
            .build();

    ListImagesCommand(Koker koker, String name) {
        this.koker = koker;
        spec = Koker.command(name, "List images.", this::call);
        var options = new Options(spec);
        options.flag("All; koker has none that it would not show.", "-a", "--all");
        quiet = options.flag("Their IDs alone.", "-q", "--quiet");
        whole = options.flag("Whole IDs.", "--no-trunc");
        digests = options.flag("Their digests, too.", "--digests");
        filters = options.values("KEY=VALUE", ImageFilter.DESCRIPTION, ImageFilter::parse, "-f", "--filter");
        format = options.value(Format.LABEL, Format.DESCRIPTION, Format::parse, "--format");
        spec.addPositional(this.name);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var chosen = new ArrayList<>(filters.get());
        if (name.getValue() != null) {
            chosen.add(name.getValue());
        }
        var all = new ArrayList<>(koker.catalog().summaries(chosen));
        all.sort(null);
        if (quiet.get()) {
            var ids = new LinkedHashSet<String>();
            all.forEach(image -> ids.add(id(image)));
            ids.forEach(System.out::println);
        } else if (format.get().isPresent()) {
            var now = System.currentTimeMillis();
            format.get().get().print(all.stream().map(image -> json(image, now)).toList(), System.out);
        } else {
            table(all);
        }
        return 0;
    }

    private void table(List<ImageSummary> images) {
        var now = System.currentTimeMillis();
        var table = digests.get()
                ? new Table("REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE")
                : new Table("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE");
        for (var image : images) {
            var cells = new ArrayList<>(List.of(
                    orNone(image.repository()),
                    orNone(image.tag()),
                    id(image),
                    HumanReadable.age(image.created(), now),
                    HumanReadable.size(image.size())));
            if (digests.get()) {
                cells.add(2, image.digest());
            }
            table.add(cells);
        }
        table.print(System.out);
    }

    private JsonObject json(ImageSummary image, long now) {
        var created = Instant.ofEpochMilli(image.created());
        var json = new JsonObject();
        json.addProperty("ID", id(image));
        json.addProperty("Repository", orNone(image.repository()));
        json.addProperty("Tag", orNone(image.tag()));
        json.addProperty("Digest", image.digest());
        json.addProperty("CreatedAt", created.toString());
        json.addProperty("CreatedSince", HumanReadable.age(image.created(), now));
        json.addProperty("Size", HumanReadable.size(image.size()));
        json.addProperty("Bytes", image.size());
        return json;
    }

    private String id(ImageSummary image) {
        return whole.get() ? image.id() : image.id().substring(ALGORITHM.length(), ALGORITHM.length() + SHORT_ID);
    }

    private static String orNone(String text) {
        return text.isEmpty() ? NONE : text;
    }
}
