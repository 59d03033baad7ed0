package koker.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChallengeTest {
    private static final Challenge BASIC = new Challenge.Basic();

    @Test
    void readsWhatRegistriesSend() {
        assertEquals(
                List.of(new Challenge.Bearer(
                        "https://auth.docker.io/token", "registry.docker.io", "repository:library/a:pull")),
                Challenge.parse(List.of("Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
                        + "scope=\"repository:library/a:pull\"")));
        assertEquals(List.of(BASIC), Challenge.parse(List.of("Basic realm=\"Registry, with \\\"quotes\\\"\"")));
    }

    @Test
    void readsSeveralInOneHeaderOrInMany() {
        var bearer = new Challenge.Bearer("https://a/t", "", "");
        assertEquals(List.of(bearer, BASIC), Challenge.parse(List.of("Bearer realm=\"https://a/t\", Basic realm=x")));
        assertEquals(
                List.of(BASIC, bearer), Challenge.parse(List.of("basic realm=x", "BEARER Realm = \"https://a/t\"")));
        assertEquals(List.of(BASIC), Challenge.parse(List.of("Negotiate, Basic realm=x")));
    }

    @Test
    void scopesKeepTheirCommas() {
        assertEquals(
                List.of(new Challenge.Bearer("https://a/t", "s", "repository:a:pull,push")),
                Challenge.parse(List.of("Bearer realm=\"https://a/t\",scope=\"repository:a:pull,push\",service=s")));
    }

    @Test
    void ignoresWhatMakesNoSense() {
        assertEquals(
                List.of(), Challenge.parse(List.of("", "Bearer", "Bearer realm", "\"", "Bearer service=\"x\"", ",,=")));
        assertEquals(List.of(), Challenge.parse(List.of("Bearer realm=\"never closed")));
    }
}
