package koker.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The page as it is written; what a browser makes of it is tested in one. */
class TracePageTest {
    private static final String EVIL = "</script><script>alert(1)</script><!--<script>{{script}}{{data}}\u2028";

    private static String page(RecordedTrace trace) throws IOException {
        var out = new StringWriter();
        new TracePage(trace).write(out);
        return out.toString();
    }

    private static JsonObject data(String page) {
        var begin = page.indexOf("id=\"trace\">") + "id=\"trace\">".length();
        return JsonParser.parseString(page.substring(begin, page.indexOf("</script>", begin)))
                .getAsJsonObject();
    }

    private static RecordedTrace evil() {
        var steps = new Recorded()
                .step("container", EVIL, Map.of(EVIL, EVIL), EVIL, EVIL)
                .trace(Optional.empty());
        return new RecordedTrace(EVIL, EVIL, EVIL, List.of(EVIL), steps.steps(), List.of(), Optional.empty());
    }

    @Test
    void whatWasRecordedCannotBecomePartOfThePage() throws IOException {
        var harmless = page(new Recorded().step("host", "A", Map.of(), "a").ended(0, ""));
        var page = page(evil());
        assertEquals(count(harmless, "<script"), count(page, "<script"));
        assertEquals(count(harmless, "</script"), count(page, "</script"));
        assertEquals(count(harmless, "<!--"), count(page, "<!--"));
        assertEquals(EVIL, data(page).get("koker").getAsString());
        assertEquals(
                EVIL,
                data(page)
                        .getAsJsonArray("steps")
                        .get(0)
                        .getAsJsonObject()
                        .get("title")
                        .getAsString());
    }

    @Test
    void thePageNeedsNothingFromElsewhere() throws IOException {
        var page = page(new Recorded().step("host", "A", Map.of(), "a").ended(0, ""));
        assertTrue(page.contains("default-src 'none'"));
        for (var reference : List.of(" src=", "url(", "@import", "import(", "fetch(", "<link")) {
            assertFalse(page.contains(reference), reference);
        }
        assertFalse(page.contains("{{"), "a place that was not filled");
    }

    @Test
    void eachStepIsExplainedWithItsValues() throws IOException {
        var page = page(new Recorded()
                .step("container", "Enter root", Map.of("rootfs", "/r"), "chdir")
                .ended(0, ""));
        var step = data(page).getAsJsonArray("steps").get(0).getAsJsonObject();
        var why = step.get("why").getAsString();
        assertTrue(why.startsWith("/r becomes the root of the mount namespace") && why.contains("Without it: "), why);
    }

    private static int count(String text, String part) {
        return text.split(java.util.regex.Pattern.quote(part), -1).length;
    }
}
