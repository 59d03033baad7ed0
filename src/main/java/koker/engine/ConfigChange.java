package koker.engine;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An instruction of a Dockerfile that changes an image's configuration, as {@code import} and {@code commit} take it with {@code --change}.
 *
 * @param instruction in capitals
 * @param value what follows it
 */
public record ConfigChange(String instruction, String value) {
    private static final List<String> INSTRUCTIONS =
            List.of("CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR");

    /**
     * Reads {@code CMD ["sh"]}, {@code ENV A=b}, and so on.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static ConfigChange parse(String text) {
        var parts = text.strip().split("\\s+", 2);
        var change = new ConfigChange(parts[0].toUpperCase(Locale.ROOT), parts.length < 2 ? "" : parts[1]);
        if (!INSTRUCTIONS.contains(change.instruction) || change.value.isEmpty()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no change; give one as 'CMD [\"sh\"]': " + String.join(", ", INSTRUCTIONS));
        }
        change.apply(new JsonObject());
        return change;
    }

    /** Changes {@code config}, the field {@code config} of an image's configuration. */
    void apply(JsonObject config) {
        switch (instruction) {
            case "CMD" -> config.add("Cmd", command());
            case "ENTRYPOINT" -> config.add("Entrypoint", command());
            case "ENV" -> assignments().forEach(each -> set(environment(config), each[0], each[1]));
            case "EXPOSE" -> {
                for (var port : words(value)) {
                    if (!port.matches("\\d{1,5}(/(tcp|udp|sctp))?")) {
                        throw new IllegalArgumentException("'" + port + "' is no port; give one as 80 or 53/udp");
                    }
                    map(config, "ExposedPorts").add(port.contains("/") ? port : port + "/tcp", new JsonObject());
                }
            }
            case "LABEL" -> assignments().forEach(each -> map(config, "Labels").addProperty(each[0], each[1]));
            case "STOPSIGNAL" -> config.addProperty("StopSignal", value);
            case "USER" -> config.addProperty("User", value);
            case "VOLUME" -> {
                var folders = value.startsWith("[") ? texts() : words(value);
                folders.forEach(folder -> map(config, "Volumes").add(folder, new JsonObject()));
            }
            default -> config.addProperty("WorkingDir", folder(config));
        }
    }

    /** In JSON the words themselves, otherwise what a shell is to run. */
    private JsonArray command() {
        var command = new JsonArray();
        (value.startsWith("[") ? texts() : List.of("/bin/sh", "-c", value)).forEach(command::add);
        return command;
    }

    private List<String> texts() {
        try {
            var texts = new ArrayList<String>();
            for (JsonElement element : JsonParser.parseString(value).getAsJsonArray()) {
                texts.add(element.getAsString());
            }
            return texts;
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
            throw new IllegalArgumentException("'" + value + "' is no list of texts; give one as [\"a\", \"b\"]");
        }
    }

    /** {@code A=b C="d e"}, or one as {@code A b}. */
    private List<String[]> assignments() {
        var words = words(value);
        if (!words.getFirst().contains("=")) {
            var parts = value.split("\\s+", 2);
            if (parts.length < 2) {
                throw new IllegalArgumentException("'" + instruction + " " + value + "' has no value; give NAME=VALUE");
            }
            return List.<String[]>of(parts);
        }
        var all = new ArrayList<String[]>();
        for (var word : words) {
            var parts = word.split("=", 2);
            if (parts.length < 2 || parts[0].isEmpty()) {
                throw new IllegalArgumentException("'" + word + "' is no NAME=VALUE");
            }
            all.add(parts);
        }
        return all;
    }

    /** The words of {@code text}, in which spaces can be kept by quotation marks or a backslash. */
    private static List<String> words(String text) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        var quote = '\0';
        var begun = false;
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() && quote != '\'') {
                word.append(text.charAt(++i));
                begun = true;
            } else if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
                quote = quote == '\0' ? c : '\0';
                begun = true;
            } else if (quote == '\0' && Character.isWhitespace(c)) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                    begun = false;
                }
            } else {
                word.append(c);
                begun = true;
            }
        }
        if (quote != '\0') {
            throw new IllegalArgumentException("'" + text + "' lacks a quotation mark");
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    /** From the one before, as a Dockerfile has it. */
    private String folder(JsonObject config) {
        var before = config.has("WorkingDir") ? config.get("WorkingDir").getAsString() : "";
        return Path.of("/").resolve(before).resolve(value).normalize().toString();
    }

    private static void set(JsonArray environment, String name, String value) {
        for (var i = environment.size() - 1; i >= 0; i--) {
            if (environment.get(i).getAsString().startsWith(name + "=")) {
                environment.remove(i);
            }
        }
        environment.add(name + "=" + value);
    }

    private static JsonArray environment(JsonObject config) {
        if (!config.has("Env")) {
            config.add("Env", new JsonArray());
        }
        return config.getAsJsonArray("Env");
    }

    private static JsonObject map(JsonObject config, String name) {
        if (!config.has(name)) {
            config.add(name, new JsonObject());
        }
        return config.getAsJsonObject(name);
    }
}
