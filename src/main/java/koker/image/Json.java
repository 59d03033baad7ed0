package koker.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reading JSON that others wrote: strictly, with null as good as absent, and a {@link JsonParseException} that names
 * the field where a value is not of the type the specification gives it.
 *
 * <p>Fields are read by name rather than bound by reflection: that starts faster, and unknown fields survive rewriting.
 */
public record Json(JsonObject object) {

    /** The one JSON object that {@code bytes} are. */
    public static Json parse(byte[] bytes) {
        var reader = new JsonReader(new StringReader(new String(bytes, StandardCharsets.UTF_8)));
        reader.setStrictness(Strictness.STRICT);
        try (reader) {
            if (JsonParser.parseReader(reader) instanceof JsonObject object
                    && reader.peek() == JsonToken.END_DOCUMENT) {
                return new Json(object);
            }
            throw new JsonParseException("it is not one JSON object");
        } catch (IOException e) {
            throw new JsonParseException(e.getMessage(), e);
        }
    }

    /** The one JSON list of objects that {@code bytes} are. */
    static List<Json> parseList(byte[] bytes) {
        var text = new String(bytes, StandardCharsets.UTF_8);
        // As a field, so that it is read as strictly as all else.
        var list = parse(("{\"list\":" + text + "}").getBytes(StandardCharsets.UTF_8));
        if (list.object().size() != 1) {
            throw new JsonParseException("it is not one JSON list");
        }
        return list.objects("list");
    }

    /** Whether there is such a field. */
    public boolean has(String name) {
        return value(name).isPresent();
    }

    /** A string, empty where there is none. */
    public String text(String name) {
        return value(name).map(value -> text(name, value)).orElse("");
    }

    String required(String name) {
        return value(name)
                .map(value -> text(name, value))
                .orElseThrow(() -> new JsonParseException(name + " is missing"));
    }

    Digest digest(String name) {
        return Digest.parse(required(name));
    }

    /** A number, which must be there. */
    public long number(String name) {
        try {
            return value(name)
                    .orElseThrow(() -> new JsonParseException(name + " is missing"))
                    .getAsLong();
        } catch (NumberFormatException | UnsupportedOperationException | IllegalStateException e) {
            throw new JsonParseException(name + " is not a number", e);
        }
    }

    /** Whether it says {@code true}. */
    public boolean flag(String name) {
        return value(name).map(JsonElement::toString).orElse("").equals("true");
    }

    /** An object; an empty one where there is none. */
    public Json at(String name) {
        return value(name).map(value -> object(name, value)).orElseGet(() -> new Json(new JsonObject()));
    }

    /** An object, if there is one. */
    Optional<Json> optional(String name) {
        return value(name).map(value -> object(name, value));
    }

    /** A list of strings. */
    public List<String> texts(String name) {
        var texts = new ArrayList<String>();
        for (var value : array(name)) {
            texts.add(text(name, value));
        }
        return List.copyOf(texts);
    }

    /** A list of objects. */
    public List<Json> objects(String name) {
        var objects = new ArrayList<Json>();
        for (var value : array(name)) {
            objects.add(object(name, value));
        }
        return objects;
    }

    /** An object of strings, in its own order. */
    public Map<String, String> map(String name) {
        var map = new LinkedHashMap<String, String>();
        at(name).object.asMap().forEach((key, value) -> map.put(key, text(name, value)));
        return map;
    }

    /** The names in an object that is used as a set: {@code {"80/tcp": {}}}. */
    public List<String> names(String name) {
        return List.copyOf(at(name).object.keySet());
    }

    private JsonArray array(String name) {
        // Not a switch over types: its first use takes 2 ms.
        var value = object.get(name);
        if (value == null || value.isJsonNull()) {
            return new JsonArray();
        }
        if (value instanceof JsonArray array) {
            return array;
        }
        throw new JsonParseException(name + " is not a list");
    }

    private Optional<JsonElement> value(String name) {
        return Optional.ofNullable(object.get(name)).filter(value -> !value.isJsonNull());
    }

    private static String text(String name, JsonElement value) {
        if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()) {
            return value.getAsString();
        }
        throw new JsonParseException(name + " is not a string");
    }

    private static Json object(String name, JsonElement value) {
        if (value instanceof JsonObject object) {
            return new Json(object);
        }
        throw new JsonParseException(name + " is not an object");
    }
}
