package koker.cli;

import java.util.List;
import java.util.function.Supplier;
import koker.engine.EngineException;
import koker.guide.Guide;
import koker.guide.Page;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code koker explain}. */
final class ExplainCommand {
    private final CommandSpec spec = Koker.command(
            "explain", "Say what a step, a system call, a flag or an error is, and where koker uses it.", this::call);
    private final Options options = new Options(spec);
    private final Supplier<Boolean> list = options.flag("List all that can be explained.", "--list");
    private final PositionalParamSpec words = Options.argument(
                    "0..*", "0..*", "WORD", "A step's name, a call, a flag or an error: pivot_root, EXDEV.")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .build();

    ExplainCommand() {
        spec.addPositional(words);
        spec.usageMessage().footer("", "Try: koker explain enter-root CLONE_NEWPID EXDEV");
    }

    CommandSpec spec() {
        return spec;
    }

    private int call() {
        var guide = Guide.instance();
        List<String> asked = words.getValue() == null ? List.of() : words.getValue();
        if (list.get() != asked.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "either some words or --list is needed");
        }
        if (list.get()) {
            Page.list(guide).forEach(System.out::println);
        }
        for (var word : asked) {
            explain(guide, word);
        }
        return 0;
    }

    private static void explain(Guide guide, String word) {
        var entries = guide.find(word);
        if (entries.isEmpty()) {
            throw new EngineException("there is nothing to say of '" + word + "'; " + guide.insteadOf(word));
        }
        for (var entry : entries) {
            Page.of(guide, entry, word).forEach(System.out::println);
        }
    }
}
