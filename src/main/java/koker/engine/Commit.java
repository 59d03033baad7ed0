package koker.engine;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import koker.image.Digest;
import koker.image.ImageConfig;
import koker.image.LayeredImage;
import koker.image.UpperFolder;
import koker.spec.Spec;

/** Makes an image of a container: the image that it was made from, what it has changed, and how it is run. */
final class Commit {
    /** Variables that koker sets in every container; they say nothing of the image. */
    private static final Set<String> OF_THE_CONTAINER = Set.of("HOSTNAME", "HOME", "TERM");

    private final Container container;
    private final Spec spec;
    private final CommitOptions options;

    Commit(Container container, Spec spec, CommitOptions options) {
        this.container = container;
        this.spec = spec;
        this.options = options;
    }

    /**
     * Makes it, and returns its ID.
     *
     * @param archives has the container's image, and gets the new one
     * @param view of the image's root
     */
    Digest run(Archives archives, RootView view, UpperFolder upper) {
        var store = archives.store();
        var base = store.findById(container.imageId())
                .orElseThrow(() -> new EngineException("the image of container " + container.title()
                        + " is damaged or gone; pull it again: koker pull " + container.image()));
        var step = new ImageConfig.History(
                created(System.getenv("SOURCE_DATE_EPOCH")).toString(),
                String.join(" ", container.command()),
                options.author().orElse(""),
                options.message().orElse(""),
                false);
        var defaults = defaults(
                store.document(base.id()).at("config").object(), base.config().config());
        return view.look(lower -> archives.take(
                staging -> new LayeredImage(base, defaults, step, upper, lower).put(store, staging, options.name())));
    }

    /**
     * When the image is made: now, or when {@code epoch} says, in seconds since 1970, so that the same can be made again.
     *
     * @param epoch null for now
     */
    static Instant created(String epoch) {
        if (epoch == null || epoch.isEmpty()) {
            return Instant.now().truncatedTo(ChronoUnit.SECONDS);
        }
        try {
            return Instant.ofEpochSecond(Long.parseLong(epoch));
        } catch (NumberFormatException | DateTimeException e) {
            throw new EngineException("SOURCE_DATE_EPOCH is '" + epoch + "', which is no number of seconds since 1970");
        }
    }

    /** What the image says of its containers, and in its place what was said when this one was made. */
    private JsonObject defaults(JsonObject config, ImageConfig.Defaults image) {
        var command = container.command();
        var entrypoint = image.entrypoint();
        var begins = command.size() >= entrypoint.size()
                && command.subList(0, entrypoint.size()).equals(entrypoint);
        if (!begins) {
            config.remove("Entrypoint");
        }
        config.add("Cmd", list(begins ? command.subList(entrypoint.size(), command.size()) : command));
        config.add("Env", list(environment(image.env())));
        config.addProperty("WorkingDir", spec.process().cwd());
        if (!container.labels().isEmpty()) {
            if (!config.has("Labels") || config.get("Labels").isJsonNull()) {
                config.add("Labels", new JsonObject());
            }
            container.labels().forEach(config.getAsJsonObject("Labels")::addProperty);
        }
        // A new entry point has nothing to do with the arguments of the old one.
        if (options.changes("ENTRYPOINT") && !options.changes("CMD")) {
            config.remove("Cmd");
        }
        options.changes().forEach(change -> change.apply(config));
        return config;
    }

    private List<String> environment(List<String> image) {
        var known = new HashSet<String>();
        image.forEach(variable -> known.add(variable.split("=", 2)[0]));
        var kept = new ArrayList<String>();
        for (var variable : spec.process().env()) {
            var name = variable.split("=", 2)[0];
            if (known.contains(name) || !OF_THE_CONTAINER.contains(name)) {
                kept.add(variable);
            }
        }
        return kept;
    }

    private static JsonArray list(List<String> texts) {
        var list = new JsonArray();
        texts.forEach(list::add);
        return list;
    }
}
