package koker.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Instructions of a Dockerfile, and the configuration they make. */
class ConfigChangeTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            CMD ["sh", "-c"]            | {"Cmd":["sh","-c"]}
            CMD echo hello              | {"Cmd":["/bin/sh","-c","echo hello"]}
            entrypoint ["/x"]           | {"Entrypoint":["/x"]}
            ENV A=1 B="two words" C=    | {"Env":["A=1","B=two words","C="]}
            ENV A two words             | {"Env":["A=two words"]}
            ENV A=x\\ y                 | {"Env":["A=x y"]}
            EXPOSE 80 53/udp            | {"ExposedPorts":{"80/tcp":{},"53/udp":{}}}
            LABEL a.b="c d"             | {"Labels":{"a.b":"c d"}}
            STOPSIGNAL SIGQUIT          | {"StopSignal":"SIGQUIT"}
            USER 1:2                    | {"User":"1:2"}
            VOLUME /a /b                | {"Volumes":{"/a":{},"/b":{}}}
            VOLUME ["/a b"]             | {"Volumes":{"/a b":{}}}
            WORKDIR /a b                | {"WorkingDir":"/a b"}
            """)
    void changeTheConfiguration(String instruction, String expected) {
        var config = new JsonObject();
        ConfigChange.parse(instruction).apply(config);
        assertEquals(expected, config.toString());
    }

    @Test
    void laterOnesReplaceAndGoOnFromEarlierOnes() {
        var config = new JsonObject();
        for (var instruction : List.of("ENV A=1 B=2", "ENV A=3", "WORKDIR /a", "WORKDIR b/../c")) {
            ConfigChange.parse(instruction).apply(config);
        }
        assertEquals("{\"Env\":[\"B=2\",\"A=3\"],\"WorkingDir\":\"/a/c\"}", config.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            FROM x          | 'FROM x' is no change
            CMD             | 'CMD' is no change
            CMD ["a",       | no list of texts
            CMD [{}]        | no list of texts
            ENV A           | has no value
            ENV A="b        | quotation mark
            ENV A=b C       | 'C' is no NAME=VALUE
            EXPOSE web      | 'web' is no port
            """)
    void mistakesAreNamed(String instruction, String message) {
        var mistake = assertThrows(IllegalArgumentException.class, () -> ConfigChange.parse(instruction));
        assertTrue(mistake.getMessage().contains(message), mistake::getMessage);
    }
}
