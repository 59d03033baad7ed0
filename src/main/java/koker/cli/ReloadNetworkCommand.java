package koker.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code koker network reload}, which Podman has, too. */
final class ReloadNetworkCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command(
            "reload",
            "Make again what containers that run need, and somebody has removed: bridges, cables, rules of the firewall.",
            this::call);
    private final ContainerNames names = new ContainerNames(spec);

    ReloadNetworkCommand(Koker koker) {
        this.koker = koker;
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var networks = koker.networks();
        return names.each(networks::reload);
    }
}
