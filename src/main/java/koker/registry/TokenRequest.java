package koker.registry;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import koker.image.ImageException;
import koker.image.Json;

/**
 * Asks a token server for a token: with GET, and the user's password if there is one, or with POST and an identity token
 * (distribution, docs/spec/auth/token.md and oauth.md).
 */
record TokenRequest(Challenge.Bearer challenge, String scope, Optional<Credentials> credentials) {
    private static final int MAX_REPLY = 1 << 20;
    private static final String CLIENT = "koker";

    /** Asks; the server must be as private as the registry that names it. */
    Token send(Http http, Endpoint registry) throws IOException {
        var realm = realm();
        if (!Endpoint.of(realm).isPrivate() && !Endpoint.of(realm).scheme().equals(registry.scheme())) {
            throw new RegistryException(registry.host() + " wants credentials sent in the clear to "
                    + Endpoint.of(realm).host() + "; koker does not do that");
        }
        try (var reply = ask(http, realm)) {
            return switch (reply.status()) {
                case 200 -> Token.of(Json.parse(reply.readUpTo(MAX_REPLY)), Instant.now());
                case 400, 401, 403 ->
                    throw new RegistryException(
                            credentials.isPresent()
                                    ? registry.host() + " does not accept your credentials: " + reply.complaint()
                                            + "; log in again with docker login"
                                    : registry.host() + " gives no access without a login: " + reply.complaint()
                                            + "; log in with docker login");
                default ->
                    throw new RegistryException("no token from " + realm.getHost() + " for " + registry.host() + ": "
                            + reply.complaint() + "; try again later");
            };
        } catch (JsonParseException | ImageException e) {
            throw new RegistryException(
                    "no token from " + realm.getHost() + " for " + registry.host()
                            + ": its reply makes no sense; try again later",
                    e);
        }
    }

    private Reply ask(Http http, URI realm) throws IOException {
        if (credentials.orElse(null) instanceof Credentials.IdentityToken identity) {
            return http.post(
                    realm,
                    "grant_type=refresh_token&client_id=" + CLIENT + "&service=" + encode(challenge.service())
                            + "&scope=" + encode(scope) + "&refresh_token=" + encode(identity.token()));
        }
        var query = "scope=" + encode(scope);
        if (!challenge.service().isEmpty()) {
            query = "service=" + encode(challenge.service()) + "&" + query;
        }
        var separator = realm.getRawQuery() == null ? "?" : "&";
        var password = credentials.orElse(null) instanceof Credentials.Password given
                ? Optional.of(given.header())
                : Optional.<String>empty();
        return http.get(URI.create(realm + separator + query), Map.of(), password);
    }

    private URI realm() {
        try {
            var realm = URI.create(challenge.realm());
            if (realm.getHost() != null && realm.getScheme().matches("(?i)https?") && realm.getUserInfo() == null) {
                return realm;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new RegistryException("the token server " + RegistryException.oneLine(challenge.realm())
                + " is no http URL; tell those who run the registry");
    }

    private static String encode(String text) {
        // In a query both forms mean a space, but not every server knows; colons and slashes are read better as they
        // are.
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%3A", ":")
                .replace("%2F", "/");
    }
}
