package koker.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code koker oci} as the help, the man pages and the completion show it; {@link Oci} runs it, without a parser. */
final class OciCommands {
    private OciCommands() {}

    /** The command, with those below it. */
    static CommandSpec spec() {
        var group = Koker.group(
                "oci", "Make containers from bundles as an OCI runtime does, with the command line of runc.");
        declare(group, OciOptions.GLOBAL);
        for (var verb : OciOptions.VERBS) {
            var command = Koker.command(verb, OciOptions.description(verb), () -> {
                throw new IllegalStateException("run by another parser");
            });
            command.usageMessage().customSynopsis("koker oci " + verb + " [OPTIONS] " + OciOptions.arguments(verb));
            declare(command, OciOptions.of(verb));
            group.addSubcommand(verb, command);
        }
        return group;
    }

    private static void declare(CommandSpec spec, Iterable<OciOption> options) {
        for (var option : options) {
            if (option.name().equals("help")) {
                continue; // every command has that
            }
            var builder = OptionSpec.builder(OciHelp.names(option).toArray(String[]::new))
                    .description(option.description());
            spec.addOption(
                    option.isValued()
                            ? builder.type(String.class)
                                    .paramLabel(option.label())
                                    .build()
                            : builder.type(boolean.class).arity("0").build());
        }
    }
}
