package koker.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** Who asks. It is never shown: its text is empty of both. */
sealed interface Credentials {
    /** The user's name that stands for an identity token, in files and to helpers. */
    String TOKEN_USER = "<token>";

    /** Who it is. */
    String user();

    /** What proves it. */
    String secret();

    /** A user's name and password. */
    record Password(String user, String secret) implements Credentials {
        /** As the header Authorization has it (RFC 7617). */
        String header() {
            return "Basic " + pair();
        }

        /** Both, as that header and Docker's file have them. */
        String pair() {
            return Base64.getEncoder().encodeToString((user + ":" + secret).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return "a password";
        }
    }

    /** A token that is exchanged for others (distribution, docs/spec/auth/oauth.md, "refresh_token"). */
    record IdentityToken(String secret) implements Credentials {
        @Override
        public String user() {
            return TOKEN_USER;
        }

        @Override
        public String toString() {
            return "an identity token";
        }
    }

    /** What files and helpers have; nothing, where both are empty. */
    static Optional<Credentials> of(String user, String secret) {
        if (user.isEmpty() && secret.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(user.equals(TOKEN_USER) ? new IdentityToken(secret) : new Password(user, secret));
    }
}
