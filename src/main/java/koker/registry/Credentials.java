package koker.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Who asks. It is never shown: its text is empty of both. */
sealed interface Credentials {
    /** A user's name and password. */
    record Password(String user, String password) implements Credentials {
        /** As the header Authorization has it (RFC 7617). */
        String header() {
            return "Basic "
                    + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return "a password";
        }
    }

    /** A token that is exchanged for others (distribution, docs/spec/auth/oauth.md, "refresh_token"). */
    record IdentityToken(String token) implements Credentials {
        @Override
        public String toString() {
            return "an identity token";
        }
    }
}
