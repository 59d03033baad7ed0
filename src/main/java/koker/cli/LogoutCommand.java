package koker.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image logout}. */
final class LogoutCommand {
    private final Koker koker;
    private final CommandSpec spec = Koker.command("logout", "Forget the login to a registry.", this::call);
    private final PositionalParamSpec registry = LoginCommand.registry();

    LogoutCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(registry);
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var login = koker.registries().login(LoginCommand.name(registry), false);
        System.out.println(
                login.out() ? "Removed the login to " + login.registry() : "Not logged in to " + login.registry());
        return 0;
    }
}
