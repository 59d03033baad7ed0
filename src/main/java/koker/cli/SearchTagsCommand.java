package koker.cli;

import com.google.gson.JsonObject;
import java.util.Optional;
import java.util.function.Supplier;
import koker.image.ImageReference;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image search-tags}. */
final class SearchTagsCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("search-tags", "List the tags that a repository has in its registry.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<Integer>> limit =
            options.value("N", "No more than N tags (default: all).", SearchTagsCommand::limit, "--limit");
    private final Supplier<Optional<String>> format = options.format();
    private final Supplier<Boolean> insecure = options.insecure();
    private final PositionalParamSpec name = PositionalParamSpec.builder()
            .paramLabel("NAME")
            .arity("1")
            .required(true)
            .type(Object.class)
            .converters(Options.converter(ImageReference::parse))
            .description("The repository: alpine, host:5000/name.")
            .build();

    SearchTagsCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(name);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        ImageReference repository = name.getValue();
        for (var tag : koker.registries().tags(repository, limit.get().orElse(Integer.MAX_VALUE), insecure.get())) {
            if (format.get().isPresent()) {
                var json = new JsonObject();
                json.addProperty("Name", repository.familiarRepository());
                json.addProperty("Tag", tag);
                System.out.println(json);
            } else {
                System.out.println(tag);
            }
        }
        return 0;
    }

    private static int limit(String text) {
        if (!text.matches("[1-9][0-9]{0,8}")) {
            throw new IllegalArgumentException("'" + text + "' is no number of tags; expected 1 or more");
        }
        return Integer.parseInt(text);
    }
}
