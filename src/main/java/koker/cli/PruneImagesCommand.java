package koker.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import koker.engine.EngineException;
import koker.engine.ImageFilter;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker image prune}. */
final class PruneImagesCommand {
    private final Koker koker;
    private final CommandSpec spec =
            Koker.command("prune", "Remove images without a name that no container uses.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> all = options.flag("Those with a name, too.", "-a", "--all");
    private final Supplier<Boolean> force = options.flag("Do not ask.", "-f", "--force");
    private final Supplier<List<ImageFilter>> filters =
            options.values("KEY=VALUE", ImageFilter.DESCRIPTION, ImageFilter::parse, "--filter");

    PruneImagesCommand(Koker koker) {
        this.koker = koker;
        spec.usageMessage().footer("", "What commands that were killed have left behind goes, too.");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var images = koker.images();
        if (!force.get() && !confirmed()) {
            return 0;
        }
        var pruned = images.prune(all.get(), filters.get());
        pruned.lines().forEach(System.out::println);
        System.out.println("Total reclaimed space: " + HumanReadable.size(pruned.bytes()));
        return 0;
    }

    private boolean confirmed() {
        System.out.println("WARNING! This will remove all "
                + (all.get() ? "images that no container uses." : "images without a name that no container uses."));
        System.out.print("Are you sure you want to continue? [y/N] ");
        System.out.flush();
        try {
            var answer = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            return answer != null && answer.strip().equalsIgnoreCase("y");
        } catch (IOException e) {
            throw new EngineException("cannot read an answer: " + e.getMessage() + "; say yes with -f");
        }
    }
}
