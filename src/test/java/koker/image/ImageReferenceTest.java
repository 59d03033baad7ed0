package koker.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
    private static final String HEX = "0123456789abcdef".repeat(4);

    @ParameterizedTest
    @CsvSource({
        "alpine, docker.io/library/alpine:latest, alpine:latest",
        "library/alpine:3.20, docker.io/library/alpine:3.20, alpine:3.20",
        "docker.io/alpine, docker.io/library/alpine:latest, alpine:latest",
        "index.docker.io/alpine, docker.io/library/alpine:latest, alpine:latest",
        "index.docker.io/a/b:1, docker.io/a/b:1, a/b:1",
        "a/b, docker.io/a/b:latest, a/b:latest",
        "library/a/b, docker.io/library/a/b:latest, library/a/b:latest",
        "localhost/a, localhost/a:latest, localhost/a:latest",
        "localhost:5000/a/b:v1, localhost:5000/a/b:v1, localhost:5000/a/b:v1",
        "quay.io/a/b, quay.io/a/b:latest, quay.io/a/b:latest",
        "HOST/a, HOST/a:latest, HOST/a:latest",
        "[::1]:5000/a, [::1]:5000/a:latest, [::1]:5000/a:latest",
        "a__b-c.d---e, docker.io/library/a__b-c.d---e:latest, a__b-c.d---e:latest",
        "a:Ab_9.-, docker.io/library/a:Ab_9.-, a:Ab_9.-",
    })
    void fillsInWhatIsLeftOut(String text, String canonical, String familiar) {
        var reference = ImageReference.parse(text);
        assertEquals(canonical, reference.canonical());
        assertEquals(familiar, reference.familiar());
        assertEquals(reference, ImageReference.parse(reference.canonical()));
        assertEquals(reference, ImageReference.parse(reference.familiar()));
    }

    @Test
    void aDigestNeedsNoTag() {
        var reference = ImageReference.parse("localhost:5000/a/b@sha256:" + HEX);
        assertEquals("localhost:5000", reference.registry());
        assertEquals("a/b", reference.repository());
        assertEquals(Optional.empty(), reference.tag());
        assertEquals(Optional.of(new Digest("sha256", HEX)), reference.digest());
        assertEquals("localhost:5000/a/b@sha256:" + HEX, reference.canonical());
    }

    @Test
    void tagAndDigestTogether() {
        var reference = ImageReference.parse("alpine:3.20@sha256:" + HEX);
        assertEquals(Optional.of("3.20"), reference.tag());
        assertEquals("alpine:3.20@sha256:" + HEX, reference.familiar());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "/",
                "a/",
                "/a",
                "a//b",
                "Alpine",
                "a/B",
                "-a",
                "a-",
                "a..b",
                "a___b",
                "a_.b",
                "a b",
                "a:",
                "a:-x",
                "a: x",
                "a:b:c",
                "a@",
                "a@sha256",
                "a@sha256:12",
                "a@md5:12",
                "http://a/b",
                "a\nb",
                "ä",
                "host.x/",
                ":tag",
                "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "a.b:x/c",
                "../etc",
                "a/../b"
            })
    void refusesWhatIsNoReference(String text) {
        var message = assertThrows(ImageException.class, () -> ImageReference.parse(text))
                .getMessage();
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.startsWith("invalid "), message);
    }

    @Test
    void refusesWhatIsTooLong() {
        ImageReference.parse("a/" + "b".repeat(253));
        assertThrows(ImageException.class, () -> ImageReference.parse("a/" + "b".repeat(254)));
        ImageReference.parse("a:" + "b".repeat(128));
        assertThrows(ImageException.class, () -> ImageReference.parse("a:" + "b".repeat(129)));
    }

    @Test
    void saysThatCapitalsAreTheMistake() {
        var failure = assertThrows(ImageException.class, () -> ImageReference.parse("Alpine"));
        assertEquals(
                "invalid reference format: repository name (library/Alpine) must be lowercase", failure.getMessage());
    }
}
