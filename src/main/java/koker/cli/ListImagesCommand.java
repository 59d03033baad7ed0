package koker.cli;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import koker.image.Image;
import koker.image.ImageReference;
import koker.image.Listed;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image ls}. */
final class ListImagesCommand {
    private static final String NONE = "<none>";
    private static final int SHORT_ID = 12;
    private static final String GAP = "   ";

    private final Koker koker;
    private final CommandSpec spec;
    private final Supplier<Boolean> quiet;
    private final Supplier<Boolean> whole;
    private final Supplier<Optional<String>> format;

    ListImagesCommand(Koker koker, String name) {
        this.koker = koker;
        spec = Koker.command(name, "List images.", this::call);
        var options = new Options(spec);
        quiet = options.flag("Their IDs alone.", "-q", "--quiet");
        whole = options.flag("Whole IDs.", "--no-trunc");
        format = options.value("FORMAT", "json: a JSON object for each.", ListImagesCommand::format, "--format");
    }

    CommandSpec spec() {
        return spec;
    }

    /** A line: what is shown of an image under one name. */
    private record Row(Listed listed, Image image, Instant created) {
        String repository() {
            return listed.name().map(ImageReference::familiarRepository).orElse(NONE);
        }

        String tag() {
            return listed.name().flatMap(ImageReference::tag).orElse(NONE);
        }
    }

    private int call() {
        var rows = new ArrayList<Row>();
        for (var listed : koker.images().list()) {
            listed.image()
                    .ifPresentOrElse(
                            image -> rows.add(new Row(listed, image, created(image))),
                            () -> System.err.println("koker: "
                                    + listed.name()
                                            .map(ImageReference::familiar)
                                            .orElse(listed.served())
                                    + " cannot be read, or is for another platform; pull or remove it"));
        }
        rows.sort(Comparator.comparing(Row::created)
                .reversed()
                .thenComparing(Row::repository)
                .thenComparing(Row::tag));
        if (quiet.get()) {
            var ids = new LinkedHashSet<String>();
            rows.forEach(row -> ids.add(id(row.image())));
            ids.forEach(System.out::println);
        } else if (format.get().isPresent()) {
            rows.forEach(row -> System.out.println(json(row)));
        } else {
            table(rows);
        }
        return 0;
    }

    private void table(List<Row> rows) {
        var now = Instant.now();
        var cells = new ArrayList<List<String>>();
        cells.add(List.of("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"));
        for (var row : rows) {
            cells.add(List.of(
                    row.repository(),
                    row.tag(),
                    id(row.image()),
                    age(row.created(), now),
                    size(row.image().size())));
        }
        var widths = new int[cells.getFirst().size()];
        for (var line : cells) {
            for (var i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (var line : cells) {
            var text = new StringBuilder();
            for (var i = 0; i < widths.length; i++) {
                text.append(line.get(i))
                        .repeat(' ', widths[i] - line.get(i).length())
                        .append(GAP);
            }
            System.out.println(text.toString().stripTrailing());
        }
    }

    private String json(Row row) {
        var json = new JsonObject();
        json.addProperty("ID", id(row.image()));
        json.addProperty("Repository", row.repository());
        json.addProperty("Tag", row.tag());
        json.addProperty("Digest", row.listed().served());
        json.addProperty("CreatedAt", row.created().toString());
        json.addProperty("Size", row.image().size());
        return json.toString();
    }

    private String id(Image image) {
        return whole.get() ? image.id().toString() : image.id().hex().substring(0, SHORT_ID);
    }

    private static String format(String text) {
        if (!text.equals("json")) {
            throw new IllegalArgumentException("'" + text + "' is no format; koker knows json");
        }
        return text;
    }

    private static Instant created(Image image) {
        try {
            return Instant.parse(image.config().created());
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    /** In the largest unit of which there are two, as Docker does. */
    static String age(Instant created, Instant now) {
        if (created.equals(Instant.EPOCH)) {
            return "N/A";
        }
        var age = Duration.between(created, now);
        long days = age.toDays();
        if (days >= 2 * 365) {
            return days / 365 + " years ago";
        }
        if (days >= 2 * 30) {
            return days / 30 + " months ago";
        }
        if (days >= 2 * 7) {
            return days / 7 + " weeks ago";
        }
        if (days >= 2) {
            return days + " days ago";
        }
        if (age.toHours() >= 2) {
            return age.toHours() + " hours ago";
        }
        return age.toMinutes() >= 2 ? age.toMinutes() + " minutes ago" : "just now";
    }

    /** In decimal units, three digits, as Docker does. */
    static String size(long bytes) {
        var units = List.of("B", "kB", "MB", "GB", "TB");
        double value = bytes;
        var unit = 0;
        while (value >= 999.5 && unit < units.size() - 1) {
            value /= 1000;
            unit++;
        }
        var digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + digits + "f%s", value, units.get(unit));
    }
}
