package koker.cli;

import java.util.List;
import java.util.function.Supplier;
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
        var what = all.get() ? "images that no container uses" : "images without a name that no container uses";
        if (!force.get() && !Confirmation.toRemove(what)) {
            return 0;
        }
        var pruned = images.prune(all.get(), filters.get());
        pruned.lines().forEach(System.out::println);
        System.out.println("Total reclaimed space: " + HumanReadable.size(pruned.bytes()));
        return 0;
    }
}
