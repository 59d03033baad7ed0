package koker.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import koker.image.ImageException;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * Declares the options of a command, one call for each, which returns where to find what the user gave. (picocli's annotations would do the
 * same, but take 45 ms longer to start: each kind of annotation needs a class that is made while koker runs.)
 */
final class Options {
    /** What a container is called. */
    static final String CONTAINER = "Name, ID, or the beginning of an ID.";

    /** What an image is called. */
    static final String IMAGE = "Name, name@digest, ID, or the beginning of an ID.";

    private final CommandSpec spec;

    Options(CommandSpec spec) {
        this.spec = spec;
    }

    /** An option without a value. */
    Supplier<Boolean> flag(String description, String... names) {
        var option =
                add(OptionSpec.builder(names).type(boolean.class).arity("0").description(description));
        return () -> Boolean.TRUE.equals(option.getValue());
    }

    /** An option without a value that the help does not show. */
    Supplier<Boolean> hiddenFlag(String description, String... names) {
        var option = add(OptionSpec.builder(names)
                .type(boolean.class)
                .arity("0")
                .hidden(true)
                .description(description));
        return () -> Boolean.TRUE.equals(option.getValue());
    }

    /** The option of commands that print a list. */
    Supplier<Optional<String>> format() {
        return value("FORMAT", "json: a JSON object for each.", Options::format, "--format");
    }

    private static String format(String text) {
        if (!text.equals("json")) {
            throw new IllegalArgumentException("'" + text + "' is no format; koker knows json");
        }
        return text;
    }

    /** The option of all commands that speak to registries. */
    Supplier<Boolean> insecure() {
        return flag(
                "Take any certificate, and plain http where there is no TLS: others can read and change it.",
                "--insecure");
    }

    /** An option with a value, which {@code reader} understands; the last one counts. */
    <T> Supplier<Optional<T>> value(String label, String description, Function<String, T> reader, String... names) {
        var option = add(OptionSpec.builder(names)
                .type(Object.class)
                .paramLabel(label)
                .converters(converter(reader))
                .description(description));
        return () -> Optional.ofNullable(option.getValue());
    }

    /** An option that means true by itself, and takes true or false behind an equals sign. */
    Supplier<Optional<Boolean>> choice(String description, String... names) {
        var option = add(OptionSpec.builder(names)
                .type(boolean.class)
                .arity("0..1")
                .paramLabel("true|false")
                .description(description));
        return () -> Optional.ofNullable(option.getValue());
    }

    /** An option with a value that may be given several times. */
    <T> Supplier<List<T>> values(String label, String description, Function<String, T> reader, String... names) {
        var option = add(OptionSpec.builder(names)
                .type(List.class)
                .auxiliaryTypes(Object.class)
                .arity("1")
                .paramLabel(label)
                // In a list of one: picocli puts what is in a list in the option's, and a T may be a list itself.
                .converters(converter(text -> List.of(reader.apply(text))))
                .description(description));
        return () -> {
            List<T> values = option.getValue();
            return values == null ? List.of() : new ArrayList<>(values);
        };
    }

    /** The container that a command is about, its first argument. */
    Supplier<String> container() {
        return word("0", "CONTAINER", CONTAINER);
    }

    /** The argument at {@code index}, as it is. */
    Supplier<String> word(String index, String label, String description) {
        var argument =
                argument(index, "1", label, description).type(String.class).build();
        spec.addPositional(argument);
        return argument::getValue;
    }

    /** The argument at {@code index}, which {@code reader} understands. */
    <T> Supplier<T> argument(String index, String label, String description, Function<String, T> reader) {
        var argument = argument(index, "1", label, description)
                .type(Object.class)
                .converters(converter(reader))
                .build();
        spec.addPositional(argument);
        return argument::getValue;
    }

    /** All arguments, one at least. */
    Supplier<List<String>> names(String label, String description) {
        var argument = argument("0..*", "1..*", label, description)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .build();
        spec.addPositional(argument);
        return argument::getValue;
    }

    /** The container that a command may be about. */
    Supplier<Optional<String>> optionalContainer() {
        var argument =
                argument("0", "0..1", "CONTAINER", CONTAINER).type(String.class).build();
        spec.addPositional(argument);
        return () -> Optional.ofNullable(argument.getValue());
    }

    /** The words behind the first argument, which are not looked at for options: at least {@code least}. */
    Supplier<List<String>> words(int least, String label, String description) {
        var argument = argument("1..*", least + "..*", label, description)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .build();
        spec.addPositional(argument);
        spec.parser().stopAtPositional(true);
        return () -> {
            List<String> words = argument.getValue();
            return words == null ? List.of() : words;
        };
    }

    /** An argument at {@code index}, so many as {@code arity} says. */
    static PositionalParamSpec.Builder argument(String index, String arity, String label, String description) {
        return PositionalParamSpec.builder()
                .index(index)
                .arity(arity)
                .required(!arity.startsWith("0"))
                .paramLabel(label)
                .description(description);
    }

    /** What a parser says is wrong with a value, as picocli wants to hear it. */
    static <T> ITypeConverter<T> converter(Function<String, T> reader) {
        return text -> {
            try {
                return reader.apply(text);
            } catch (IllegalArgumentException | ImageException e) {
                throw new TypeConversionException(e.getMessage());
            }
        };
    }

    private OptionSpec add(OptionSpec.Builder builder) {
        var option = builder.showDefaultValue(Visibility.NEVER).build();
        spec.addOption(option);
        return option;
    }
}
