package koker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a template makes of data, and what it says to a mistake. */
class TemplateTest {
    private static final String DATA = """
            {"Id":"sha256:ab","Size":12,"Empty":[],"None":null,"On":true,"Off":false,
             "Tags":["a:1","b:2"],"Config":{"User":"","Env":["A=1"],"Labels":{"x.y":"z"}}}""";

    private static String fill(String template) {
        return Template.parse(template).fill(JsonParser.parseString(DATA));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '→', quoteCharacter = '`', textBlock = """
            plain                                             → plain
            {{.Id}}                                           → sha256:ab
            <{{ .Id }}>                                       → <sha256:ab>
            {{.Size}} {{.On}}                                 → 12 true
            {{.Tags}}                                         → [a:1 b:2]
            {{.Config.Labels}}                                → map[x.y:z]
            {{.None}}                                         → <no value>
            {{.Config.Env}}                                   → [A=1]
            {{json .Config}}                                  → {"User":"","Env":["A=1"],"Labels":{"x.y":"z"}}
            {{json .Id}}                                      → "sha256:ab"
            {{.Tags | json}}                                  → ["a:1","b:2"]
            {{index .Tags 1}}                                 → b:2
            {{index .Config "Labels" "x.y"}}                  → z
            <{{index .Config.Labels "none"}}>                 → <>
            {{join .Tags ", "}}                               → a:1, b:2
            {{join .Tags "|"}}                                → a:1|b:2
            {{len .Tags}} {{len .Id}} {{len .Config}}         → 2 9 3
            {{upper .Id}} {{.Id | upper | lower}}             → SHA256:AB sha256:ab
            {{range .Tags}}<{{.}}>{{end}}                     → <a:1><b:2>
            {{range .Empty}}x{{else}}none{{end}}              → none
            {{range .None}}x{{end}}.                          → .
            {{if .On}}yes{{else}}no{{end}}                    → yes
            {{if .Off}}yes{{else}}no{{end}}                   → no
            {{if .Config.User}}yes{{else}}root{{end}}         → root
            {{if .Tags}}{{range .Tags}}{{.}}{{end}}{{end}}    → a:1b:2
            """)
    void isFilledIn(String template, String expected) {
        assertEquals(expected, fill(template));
    }

    @Test
    void tabsAndLinesCanBeWritten() {
        assertEquals("sha256:ab\t12\n", fill("{{.Id}}\\t{{.Size}}\\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '→', quoteCharacter = '`', textBlock = """
            {{.Nothing}}             → there is no field 'Nothing'; there are: Id, Size
            {{.Id.Nothing}}          → there is no field 'Nothing' in sha256:ab
            {{index .Tags 2}}        → the list has 2 elements
            {{index .Tags "x"}}      → the list has 2 elements
            {{range .Id}}x{{end}}    → range wants a list, not sha256:ab
            {{join .Id ","}}         → join wants a list
            {{                       → ends inside
            {{}}                     → empty
            {{nonsense .}}           → there is no function 'nonsense' for templates; there are: index, join, json
            {{json}}                 → 'json' is given 0 values, not 1
            {{json . .}}             → 'json' is given 2 values, not 1
            {{.Id .Size}}            → '.Id'
            {{.Id |}}                → something is missing
            {{json "x}}              → quotation mark
            {{json x}}               → 'x' in a template is no field
            {{range .Tags}}          → {{end}} is missing
            {{end}}                  → belongs to no {{range}}
            {{if .On}}{{else}}{{else}}{{end}} → one {{else}} too many
            """)
    void mistakesAreNamed(String template, String message) {
        var mistake = assertThrows(IllegalArgumentException.class, () -> fill(template));
        assertTrue(mistake.getMessage().contains(message), mistake::getMessage);
        assertEquals(1, mistake.getMessage().lines().count());
    }
}
