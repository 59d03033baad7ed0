package koker.registry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import koker.image.ImageReference;
import koker.trace.Trace;

/** How this machine and its user reach registries: by the configuration, the environment, and what the user says now. */
final class Access {
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final Trace trace;
    private final Map<String, String> environment;
    private final boolean insecure;
    private final Settings settings;
    private final Proxies proxies;
    private final DockerConfig logins;

    /** Access for a user who has {@code environment} and, if {@code insecure}, does not mind who listens or answers. */
    Access(Trace trace, Map<String, String> environment, boolean insecure) {
        this.trace = trace;
        this.environment = environment;
        this.insecure = insecure;
        this.settings = Settings.of(environment);
        this.proxies = new Proxies(environment);
        this.logins = DockerConfig.of(environment);
    }

    DockerConfig logins() {
        return logins;
    }

    /** The registry of that name, for the user who is logged in there. */
    Registry registry(String name) {
        return registry(name, logins.find(name));
    }

    /** The registry of that name, for whom {@code credentials} say. */
    Registry registry(String name, Optional<Credentials> credentials) {
        var open = insecure || settings.site(name).insecure();
        var certificates = Certificates.of(settings.certificates(), environment, open);
        return new Registry(name, open, new Http(trace, certificates, proxies, open, IDLE), trace, credentials);
    }

    /** The repository that {@code reference} names. */
    Repository repository(ImageReference reference, String actions) {
        return new Repository(registry(reference.registry()), reference.repository(), actions);
    }

    /** From where {@code reference} can be pulled. */
    Sources sources(ImageReference reference) {
        var repositories = new ArrayList<Repository>();
        for (var mirror : settings.site(reference.registry()).mirrors()) {
            var name = mirror.prefix() + reference.repository();
            repositories.add(new Repository(registry(mirror.registry()), name, Repository.PULL));
        }
        repositories.add(repository(reference, Repository.PULL));
        return new Sources(repositories);
    }
}
