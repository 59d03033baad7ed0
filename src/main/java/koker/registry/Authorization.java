package koker.registry;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How this koker makes itself known to a registry, as far as the registry has asked; for all threads. */
final class Authorization {
    private final Registry registry;

    private String scope;
    private Optional<Challenge.Bearer> answered = Optional.empty();
    private Optional<Token> token = Optional.empty();
    private Optional<String> password = Optional.empty();

    /** Nobody yet, who wants to do what {@code scope} says (distribution, docs/spec/auth/scope.md). */
    Authorization(Registry registry, String scope) {
        this.registry = registry;
        this.scope = scope;
    }

    /** The header Authorization for a request now; a token that is about to expire is replaced before. */
    synchronized Optional<String> header() throws IOException {
        if (answered.isPresent() && token.filter(t -> t.isGood(Instant.now())).isEmpty()) {
            token = Optional.of(new TokenRequest(answered.get(), scope, registry).send());
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
                    // All that is wanted at once; if that is not what the registry means, what it says.
                    if (answered.isPresent() && !bearer.scope().isEmpty()) {
                        scope = bearer.scope();
                    }
                    token = Optional.of(new TokenRequest(bearer, scope, registry).send());
                    answered = Optional.of(bearer);
                    return;
                }
                case Challenge.Basic _ -> {
                    if (password.isEmpty()
                            && registry.credentials().orElse(null) instanceof Credentials.Password given) {
                        password = Optional.of(given.header());
                        return;
                    }
                }
            }
        }
        throw refusal(registry, "");
    }

    /** Says that the registry does not let this user in, in its own words if it has some. */
    static RegistryException refusal(Registry registry, String complaint) {
        var words = complaint.isEmpty() ? "" : ": " + complaint;
        return new RegistryException(
                registry.credentials().isPresent()
                        ? registry + " does not accept your credentials" + words + "; log in again: koker login "
                                + registry
                        : registry + " gives no access without a login" + words + "; log in: koker login " + registry);
    }
}
