package koker.registry;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import koker.trace.Trace;

/** Who the user is to a registry: checked with it, kept, and forgotten. */
public final class Login {
    private final Access access;
    private final String registry;

    /**
     * For a registry.
     *
     * @param registry host[:port]; an address, as {@code https://host/v1/}, is read as Docker does
     * @param insecure whether it does not matter who listens or answers
     */
    public Login(Trace trace, String registry, boolean insecure) {
        var host = Settings.host(registry.replaceFirst("^https?://", "").replaceFirst("/.*", ""));
        this.registry = host.equals("index.docker.io") ? "docker.io" : host;
        this.access = new Access(trace, System.getenv(), insecure);
    }

    /** The registry's name, as in image references. */
    public String registry() {
        return registry;
    }

    /** The file that has the logins, or names the program that has them. */
    public Path file() {
        return access.logins().file();
    }

    /** The user who is logged in, if the registry still knows him. */
    public Optional<String> again() {
        var kept = access.logins().find(registry);
        if (kept.isEmpty()) {
            return Optional.empty();
        }
        check(kept.get());
        return Optional.of(kept.get().user());
    }

    /**
     * Logs in.
     *
     * @return the program that keeps the password; if there is none it is in the file
     * @throws RegistryException if the registry does not accept it
     */
    public Optional<String> in(String user, String password) {
        var credentials = new Credentials.Password(user, password);
        check(credentials);
        return access.logins().store(registry, credentials);
    }

    /** Logs out; whether somebody was logged in. */
    public boolean out() {
        return access.logins().erase(registry);
    }

    /** What every registry has for everybody whom it knows (OCI distribution-spec 1.1, "Determining Support"). */
    private void check(Credentials credentials) {
        var asked = access.registry(registry, Optional.of(credentials));
        var authorization = new Authorization(asked, "");
        var what = "cannot log in to " + registry;
        new Retries(asked.trace()).until(what, () -> {
            try (var reply = asked.send(Request.of("GET", asked.endpoint().uri("/v2/")), authorization)) {
                refuse(asked, reply);
                reply.expect(what, Status.OK);
                return reply.status();
            }
        });
    }

    private static void refuse(Registry asked, Reply reply) throws IOException {
        if (reply.status() == Status.UNAUTHORIZED || reply.status() == Status.FORBIDDEN) {
            throw new RegistryException(asked + " does not accept your credentials: " + reply.complaint()
                    + "; check the name and the password");
        }
    }
}
