package koker.registry;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How this koker makes itself known to a registry, as far as the registry has asked; for all threads. */
final class Authorization {
    private final Endpoint registry;
    private final String scope;
    private final Http http;
    private final Optional<Credentials> credentials;

    private Optional<Challenge.Bearer> answered = Optional.empty();
    private Optional<Token> token = Optional.empty();
    private Optional<String> password = Optional.empty();

    Authorization(Endpoint registry, String scope, Http http, Optional<Credentials> credentials) {
        this.registry = registry;
        this.scope = scope;
        this.http = http;
        this.credentials = credentials;
    }

    /** The header Authorization for a request now; a token that is about to expire is replaced before. */
    synchronized Optional<String> header() throws IOException {
        if (answered.isPresent() && token.filter(t -> t.isGood(Instant.now())).isEmpty()) {
            token = Optional.of(new TokenRequest(answered.get(), scope, credentials).send(http, registry));
        }
        return token.map(Token::header).or(() -> password);
    }

    /** The registry refused a request with {@code used}, and challenges. */
    synchronized void answer(List<Challenge> challenges, Optional<String> used) throws IOException {
        if (!header().equals(used)) {
            return; // another thread has answered meanwhile
        }
        for (var challenge : challenges) {
            switch (challenge) {
                case Challenge.Bearer bearer -> {
                    var asked = bearer.scope().isEmpty() ? scope : bearer.scope();
                    token = Optional.of(new TokenRequest(bearer, asked, credentials).send(http, registry));
                    answered = Optional.of(bearer);
                    return;
                }
                case Challenge.Basic _ -> {
                    if (password.isEmpty() && credentials.orElse(null) instanceof Credentials.Password given) {
                        password = Optional.of(given.header());
                        return;
                    }
                }
            }
        }
        throw new RegistryException(
                credentials.isPresent()
                        ? registry.host() + " does not accept your credentials; log in again with docker login"
                        : registry.host() + " gives no access without a login; log in with docker login");
    }
}
