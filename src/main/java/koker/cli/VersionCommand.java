package koker.cli;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.image.Platform;
import koker.spec.Spec;
import picocli.CommandLine.Model.CommandSpec;

/** {@code koker version}. */
final class VersionCommand {
    private final CommandSpec spec = Koker.command("version", "Show the versions of what runs containers.", this::call);
    private final Supplier<Optional<Format>> format = new Options(spec)
            .value(
                    Format.LABEL,
                    "As one JSON object, or by a template: '{{.Client.Version}}'.",
                    Format::parse,
                    "-f",
                    "--format");

    CommandSpec spec() {
        return spec;
    }

    /** There is no daemon, and so nothing but a client. */
    private int call() {
        var client = new JsonObject();
        client.addProperty("Version", Koker.version());
        client.addProperty("OciVersion", Spec.VERSION);
        client.addProperty("JavaVersion", System.getProperty("java.version"));
        client.addProperty("Os", Platform.here().os());
        client.addProperty("Arch", Platform.here().architecture());
        client.addProperty("KernelVersion", System.getProperty("os.version"));
        if (format.get().isPresent()) {
            var json = new JsonObject();
            json.add("Client", client);
            format.get().get().print(List.of(json), System.out);
            return 0;
        }
        var table = new Table("Client:", "koker");
        client.entrySet()
                .forEach(field ->
                        table.add(List.of(field.getKey() + ":", field.getValue().getAsString())));
        table.print(System.out);
        return 0;
    }
}
