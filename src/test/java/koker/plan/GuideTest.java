package koker.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import koker.guide.Entry;
import koker.guide.Guide;
import koker.kernel.Capability;
import koker.kernel.CloneFlag;
import koker.kernel.Constant;
import koker.kernel.Errno;
import koker.kernel.MountAttribute;
import koker.kernel.MountFlag;
import koker.kernel.NetlinkConstant;
import koker.kernel.NftablesConstant;
import koker.kernel.OpenFlag;
import koker.kernel.Resource;
import koker.kernel.Scheduling;
import koker.kernel.Signal;
import koker.kernel.SystemCall;
import koker.kernel.UnmountFlag;
import org.junit.jupiter.api.Test;

/** Whatever koker can show, the guide knows: each step, call, flag, constant and error; and what it says of a step is true. */
class GuideTest {
    private static final Path SOURCES = Path.of("src/main/java/koker");
    private static final Guide GUIDE = Guide.instance();
    private static final Pattern WORD = Pattern.compile("\\b(?:_LINUX_)?[A-Z][A-Z0-9]*_[A-Z0-9_]+\\b|\\bSIG[A-Z]+\\b");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z_0-9]+)(\\|[^}]*)?}");

    /** Steps of all kinds, those that are programs as well. */
    private static List<Step> steps() {
        var exec = new ProcessStep.Exec(List.of("/a/x"), List.of("x"), List.of());
        var checks = new HealthChecks(Duration.ZERO, Duration.ZERO, Duration.ZERO, exec);
        var delay = new SupervisorStep.Retire.Delay(Duration.ZERO, 1, Duration.ZERO);
        var all = new ArrayList<Step>();
        StepTest.steps().forEach(each -> all.add(each.step()));
        all.addAll(List.of(
                new ProcessStep.Init(exec),
                ProcessStep.HideProgram.behind(0, false),
                new ProcessStep.FindCommand("x", List.of("/a/x", "/b/x")),
                new ProcessStep.AwaitStart(),
                new SupervisorStep.ShedMemory(),
                new SupervisorStep.ShedContainer(),
                new SupervisorStep.KeepLog(2, "/log", 1, Optional.of(checks)),
                new SupervisorStep.RecordEnd("/end", Optional.of("/pid"), "/memory"),
                new SupervisorStep.DrainTerminal(),
                new SupervisorStep.Retire(
                        List.of("/cg"), List.of("/lease"), "/attended", false, "/again", Optional.of(delay), exec),
                new HostStep.Clone(EnumSet.allOf(CloneFlag.class).stream()
                        .filter(flag -> flag.name().startsWith("CLONE_NEW")
                                && flag != CloneFlag.CLONE_NEWUSER
                                && flag != CloneFlag.CLONE_NEWTIME)
                        .collect(Collectors.toSet()))));
        return all;
    }

    /** The calls and flags that a step shows. */
    private static Set<String> uses(Step step) {
        var uses = new TreeSet<String>();
        for (var call : step.calls()) {
            if (call.operation() instanceof SystemCall) {
                uses.add(call.operation().toString());
                WORD.matcher(call.show(_ -> 77).replaceAll("\"[^\"]*\"", ""))
                        .results()
                        .map(match -> match.group())
                        .filter(word -> !word.equals("AT_FDCWD") && !word.equals("O_CLOEXEC"))
                        .forEach(uses::add);
            }
        }
        return uses;
    }

    @Test
    void everyStepHasAnEntryOfItsTitle() {
        for (var step : steps()) {
            var entry = GUIDE.step(step.name()).orElseThrow(() -> new AssertionError(step.name()));
            assertEquals(step.title(), entry.title());
            assertFalse(entry.sentences(step.about()).isEmpty(), step.name());
            assertFalse(entry.without().isEmpty(), step.name());
            assertFalse(entry.see().isEmpty(), step.name());
            assertTrue(
                    entry.omission().isEmpty() != entry.needed().isEmpty(),
                    step.name() + " must either be able to be left out, or be needed");
        }
    }

    @Test
    void everyEntryOfAStepHasItsStep() {
        var names = steps().stream().map(Step::name).collect(Collectors.toSet());
        assertEquals(names, names(Entry.Kind.STEP));
    }

    @Test
    void whatAStepUsesIsTold() {
        for (var step : steps()) {
            var entry = GUIDE.step(step.name()).orElseThrow();
            for (var word : uses(step)) {
                assertTrue(entry.isUsing(word), step.name() + " uses " + word + ", and has: " + entry.uses());
            }
        }
    }

    @Test
    void whatIsToldToBeUsedIs() {
        for (var entry : entries(Entry.Kind.STEP)) {
            var used = new TreeSet<String>();
            steps().stream().filter(step -> step.name().equals(entry.name())).forEach(step -> used.addAll(uses(step)));
            entry.uses().stream()
                    .filter(word -> !word.endsWith("*"))
                    .forEach(word -> assertTrue(used.contains(word), entry.name() + ": " + word));
        }
    }

    @Test
    void placeholdersAreFieldsOfTheStep() {
        for (var step : steps()) {
            var entry = GUIDE.step(step.name()).orElseThrow();
            var texts = new ArrayList<>(List.of(entry.without(), String.join(" ", entry.sentences(step.about()))));
            entry.causes().forEach(cause -> texts.add(cause.advice()));
            for (var text : texts) {
                PLACEHOLDER
                        .matcher(text)
                        .results()
                        .forEach(match -> assertTrue(
                                step.about().containsKey(match.group(1)),
                                step.name() + " is not about " + match.group()));
            }
            assertFalse(
                    Pattern.compile("\\b(?!PATH|PID)[A-Z]{4,}\\b(?=[ ,.:])")
                            .matcher(raw(entry, step.about()))
                            .find(),
                    () -> "a value is missing: " + raw(entry, step.about()));
        }
    }

    /** What is explained, without what is written in capitals anyhow. */
    private static String raw(Entry entry, Map<String, Object> about) {
        return String.join(" ", entry.sentences(about))
                .replaceAll("\\b[A-Z]+_[A-Z_]+\\b|\\bE[A-Z]+\\b|SIG[A-Z]+|FROZEN|THAWED|WWW|IFLA|\\[.*?]", "");
    }

    @Test
    void everyCallHasAnEntry() {
        for (var call : SystemCall.values()) {
            assertTrue(GUIDE.call(call.toString()).isPresent(), call::toString);
        }
        assertEquals(SystemCall.values().length, names(Entry.Kind.CALL).size());
    }

    @Test
    void everyErrorHasAnEntry() {
        assertEquals(
                Arrays.stream(Errno.values()).map(Errno::name).collect(Collectors.toSet()), names(Entry.Kind.ERROR));
    }

    @Test
    void everyFlagAndConstantHasAnEntry() {
        var all = new TreeSet<String>();
        Stream.of(
                        CloneFlag.values(),
                        MountFlag.values(),
                        OpenFlag.values(),
                        UnmountFlag.values(),
                        Constant.values(),
                        NetlinkConstant.values(),
                        NftablesConstant.values(),
                        Capability.values(),
                        Resource.values(),
                        MountAttribute.values(),
                        Scheduling.values())
                .flatMap(Arrays::stream)
                .forEach(flag -> all.add(flag.toString()));
        for (var number = 1; number < 32; number++) {
            all.add(Signal.of(number).name());
        }
        all.removeAll(names(Entry.Kind.WORD));
        assertEquals(Set.of(), all);
    }

    @Test
    void whatIsShownOfStructuresHasAnEntryToo() throws IOException {
        var words = names(Entry.Kind.WORD);
        var missing = new TreeSet<String>();
        try (var files = Files.list(SOURCES.resolve("kernel"))) {
            for (var file :
                    files.filter(file -> file.toString().endsWith(".java")).toList()) {
                var strings = Pattern.compile("\"(?:[^\"\\\\\\n]|\\\\.)*\"").matcher(Files.readString(file));
                while (strings.find()) {
                    WORD.matcher(strings.group())
                            .results()
                            .map(match -> match.group())
                            .forEach(missing::add);
                }
            }
        }
        assertTrue(missing.contains("CLD_KILLED"), "no word was found at all");
        missing.removeAll(words);
        missing.removeIf(word -> words.stream().anyMatch(known -> word.startsWith(known + "_")));
        assertEquals(Set.of(), missing);
    }

    @Test
    void everyHeadingHasAnEntry() throws IOException {
        var titles = new TreeSet<String>();
        try (var files = Files.walk(SOURCES)) {
            for (var file :
                    files.filter(file -> file.toString().endsWith(".java")).toList()) {
                Pattern.compile("(?:heading|show|\\.in)\\(\\s*\"([A-Z][a-z]+(?: [a-z]+)*)\"|title = \"([A-Z][a-z ]+)\"")
                        .matcher(Files.readString(file))
                        .results()
                        .forEach(match -> titles.add(match.group(1) == null ? match.group(2) : match.group(1)));
            }
        }
        assertTrue(titles.containsAll(Set.of("Clean up", "Unpack file", "Look into image")), titles::toString);
        titles.removeIf(title -> GUIDE.titled(title).isPresent());
        assertEquals(Set.of(), titles);
    }

    @Test
    void noWordHasTwoEntriesOfAKind() {
        for (var kind : Entry.Kind.values()) {
            var seen = new HashSet<String>();
            entries(kind).forEach(entry -> entry.names().forEach(name -> assertTrue(seen.add(name), name)));
        }
    }

    @Test
    void causesAreOfErrorsAndCallsThatThereAre() {
        var errors = names(Entry.Kind.ERROR);
        for (var entry : GUIDE.entries()) {
            for (var cause : entry.causes()) {
                assertTrue(errors.containsAll(cause.errors()), () -> entry.name() + ": " + cause);
                assertTrue(
                        cause.call().isEmpty() || GUIDE.call(cause.call()).isPresent(),
                        () -> entry.name() + ": " + cause);
            }
        }
    }

    private static List<Entry> entries(Entry.Kind kind) {
        return GUIDE.entries().stream().filter(entry -> entry.kind() == kind).toList();
    }

    private static Set<String> names(Entry.Kind kind) {
        return entries(kind).stream().flatMap(entry -> entry.names().stream()).collect(Collectors.toSet());
    }
}
