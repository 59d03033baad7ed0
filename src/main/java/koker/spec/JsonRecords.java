package koker.spec;

import com.google.gson.JsonParseException;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Map;

/**
 * Records as JSON, and back: an object with a member for each component that is not null. (Gson could do it alone, but needs 8 ms to
 * find out how.)
 */
public final class JsonRecords {
    private JsonRecords() {}

    /** The JSON of {@code object}, on several lines. */
    public static String write(Record object) {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.setIndent("  ");
            write(json, object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text + "\n";
    }

    /**
     * The record that {@code json} describes, null if it is empty; members that the record does not have are left out.
     *
     * @throws JsonParseException if it is no JSON, or a member is not of the type that the record wants
     */
    public static <T extends Record> T read(String json, Class<T> type) {
        return new RecordReader(json).read(type);
    }

    private static void write(JsonWriter json, Object value) throws IOException {
        if (value instanceof Record object) {
            json.beginObject();
            for (var component : object.getClass().getRecordComponents()) {
                var member = RecordCopy.get(object, component);
                if (member != null) {
                    write(json.name(name(component)), member);
                }
            }
            json.endObject();
        } else if (value instanceof Map<?, ?> map) {
            json.beginObject();
            for (var entry : map.entrySet()) {
                write(json.name(entry.getKey().toString()), entry.getValue());
            }
            json.endObject();
        } else if (value instanceof Collection<?> list) {
            json.beginArray();
            for (var element : list) {
                write(json, element);
            }
            json.endArray();
        } else if (value instanceof Number number) {
            json.value(number);
        } else if (value instanceof Boolean truth) {
            json.value(truth);
        } else {
            json.value(value.toString());
        }
    }

    /** The member's name: a component that would be called as a word of Java's is has a line behind its name. */
    static String name(RecordComponent component) {
        var name = component.getName();
        return name.endsWith("_") ? name.substring(0, name.length() - 1) : name;
    }
}
