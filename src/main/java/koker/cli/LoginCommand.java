package koker.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import koker.engine.EngineException;
import koker.registry.Login;
import koker.registry.RegistryException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code koker image login}. */
final class LoginCommand {
    private static final String DOCKER_HUB = "docker.io";

    private final Koker koker;
    private final CommandSpec spec = Koker.command("login", "Log in to a registry.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Optional<String>> user =
            options.value("NAME", "The user's name.", Function.identity(), "-u", "--username");
    private final Supplier<Optional<String>> password = options.value(
            "TEXT", "The password; better not, as others may see it.", Function.identity(), "-p", "--password");
    private final Supplier<Boolean> fromInput =
            options.flag("Read the password from standard input.", "--password-stdin");
    private final Supplier<Boolean> insecure = options.insecure();
    private final PositionalParamSpec registry = registry();

    LoginCommand(Koker koker) {
        this.koker = koker;
        spec.addPositional(registry);
    }

    CommandSpec spec() {
        return spec;
    }

    static PositionalParamSpec registry() {
        return PositionalParamSpec.builder()
                .paramLabel("REGISTRY")
                .arity("0..1")
                .type(String.class)
                .description("Host, or host:port (default: docker.io).")
                .build();
    }

    static String name(PositionalParamSpec registry) {
        return registry.getValue() == null ? DOCKER_HUB : registry.getValue();
    }

    private int call() throws IOException {
        if (password.get().isPresent() && fromInput.get()) {
            throw new EngineException("--password and --password-stdin exclude each other; use the second");
        }
        if (fromInput.get() && user.get().isEmpty()) {
            throw new EngineException("--password-stdin does not say who it is; give --username, too");
        }
        if (password.get().isPresent()) {
            koker.warn("--password is seen by all who list processes; use --password-stdin");
        }
        var login = koker.registries().login(name(registry), insecure.get());
        if (user.get().isEmpty() && password.get().isEmpty() && isStillIn(login)) {
            System.out.println("Login Succeeded");
            return 0;
        }
        var name = user.get().orElseGet(() -> ask("Username", "--username", false));
        var secret =
                fromInput.get() ? line() : password.get().orElseGet(() -> ask("Password", "--password-stdin", true));
        if (name.isEmpty() || secret.isEmpty()) {
            throw new EngineException("username and password must not be empty; give both");
        }
        if (login.in(name, secret).isEmpty()) {
            koker.warn("the password is kept unencrypted in " + login.file()
                    + "; a credential helper would keep it better");
        }
        System.out.println("Login Succeeded");
        return 0;
    }

    /** Docker, too, tries what it has before it asks. */
    private boolean isStillIn(Login login) {
        try {
            return login.again().isPresent();
        } catch (RegistryException e) {
            koker.warn("the login that is kept is of no use: " + e.getMessage());
            return false;
        }
    }

    private static String ask(String what, String option, boolean hidden) {
        var console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new EngineException(
                    "there is no terminal to ask for the " + what.toLowerCase(Locale.ROOT) + "; use " + option);
        }
        if (hidden) {
            var typed = console.readPassword("%s: ", what);
            return typed == null ? "" : new String(typed);
        }
        var typed = console.readLine("%s: ", what);
        return typed == null ? "" : typed.strip();
    }

    /** All of standard input but the end of its last line. */
    private static String line() throws IOException {
        var all = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        return all.replaceFirst("\r?\n$", "");
    }
}
