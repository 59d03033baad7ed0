package koker.registry;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import koker.image.ImageException;
import koker.image.Json;

/**
 * Asks a token server for a token: with GET, and the user's password if there is one, or with POST and an identity token
 * (distribution, docs/spec/auth/token.md and oauth.md).
 *
 * @param scope what the token is to allow; several are parted by spaces
 */
record TokenRequest(Challenge.Bearer challenge, String scope, Registry registry) {
    private static final int MAX_REPLY = 1 << 20;
    private static final String CLIENT = "koker";

    /** Asks; the server must be as private as the registry that names it. */
    Token send() throws IOException {
        var realm = realm();
        if (!Endpoint.of(realm).isPrivate()
                && !Endpoint.of(realm).scheme().equals(registry.endpoint().scheme())) {
            throw new RegistryException(registry + " wants credentials sent in the clear to "
                    + Endpoint.of(realm).host() + "; koker does not do that");
        }
        try (var reply = ask(realm)) {
            return switch (reply.status()) {
                case 200 -> Token.of(Json.parse(reply.readUpTo(MAX_REPLY)), Instant.now());
                case 400, 401, 403 -> throw Authorization.refusal(registry, reply.complaint());
                default ->
                    throw new RegistryException("no token from " + realm.getHost() + " for " + registry + ": "
                            + reply.complaint() + "; try again later");
            };
        } catch (JsonParseException | ImageException e) {
            throw new RegistryException(
                    "no token from " + realm.getHost() + " for " + registry
                            + ": its reply makes no sense; try again later",
                    e);
        }
    }

    private Reply ask(URI realm) throws IOException {
        var credentials = registry.credentials().orElse(null);
        if (credentials instanceof Credentials.IdentityToken identity) {
            return registry.http()
                    .post(
                            realm,
                            "grant_type=refresh_token&client_id=" + CLIENT + "&service=" + encode(challenge.service())
                                    + "&scope=" + encode(scope) + "&refresh_token=" + encode(identity.secret()));
        }
        var query = new ArrayList<String>();
        if (!challenge.service().isEmpty()) {
            query.add("service=" + encode(challenge.service()));
        }
        for (var one : scope.split(" ")) {
            if (!one.isEmpty()) {
                query.add("scope=" + encode(one));
            }
        }
        var separator = query.isEmpty() ? "" : realm.getRawQuery() == null ? "?" : "&";
        var password = credentials instanceof Credentials.Password given
                ? Optional.of(given.header())
                : Optional.<String>empty();
        return registry.http()
                .send(Request.get(URI.create(realm + separator + String.join("&", query)), Map.of()), password);
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
