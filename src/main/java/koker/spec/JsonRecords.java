package koker.spec;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Records as JSON, and back: an object with a member for each component that is not null. (Gson could do it alone, but needs 8 ms to
 * find out how.)
 */
public final class JsonRecords {
    /** What a member that is not there counts as, if not as null. */
    private static final Map<Type, Object> ABSENT = Map.of(boolean.class, false, int.class, 0, long.class, 0L);

    private static final int LONGEST_UNSIGNED = 20; // digits

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
        return type.cast(read("", JsonParser.parseString(json), type));
    }

    private static void write(JsonWriter json, Object value) throws IOException {
        if (value instanceof Record object) {
            json.beginObject();
            for (var component : object.getClass().getRecordComponents()) {
                var member = get(object, component);
                if (member != null) {
                    write(json.name(component.getName()), member);
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

    private static Object read(String path, JsonElement json, Type type) {
        if (json == null || json.isJsonNull()) {
            return ABSENT.get(type);
        }
        if (type instanceof ParameterizedType generic) {
            return read(path, json, generic);
        }
        if (type == String.class) {
            return primitive(path, json, JsonPrimitive::isString, "a text").getAsString();
        }
        if (type == boolean.class || type == Boolean.class) {
            return primitive(path, json, JsonPrimitive::isBoolean, "true or false")
                    .getAsBoolean();
        }
        if (type == int.class || type == Integer.class) {
            return (int) integer(path, json, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        if (type == long.class || type == Long.class) {
            return integer(path, json, Long.MIN_VALUE, Long.MAX_VALUE);
        }
        if (type == BigInteger.class) {
            return unsigned(path, json);
        }
        if (!json.isJsonObject()) {
            throw expected(path, "an object");
        }
        return make(path, (Class<?>) type, json.getAsJsonObject());
    }

    private static Object read(String path, JsonElement json, ParameterizedType type) {
        var inner = type.getActualTypeArguments();
        if (type.getRawType() == Map.class) {
            if (!json.isJsonObject()) {
                throw expected(path, "an object");
            }
            var map = new LinkedHashMap<String, Object>();
            for (var entry : json.getAsJsonObject().entrySet()) {
                map.put(entry.getKey(), read(path + "." + entry.getKey(), entry.getValue(), inner[1]));
            }
            return map;
        }
        if (!json.isJsonArray()) {
            throw expected(path, "a list");
        }
        var list = new ArrayList<Object>();
        for (var element : json.getAsJsonArray()) {
            list.add(read(path + "[" + list.size() + "]", element, inner[0]));
        }
        return type.getRawType() == Set.class ? new LinkedHashSet<>(list) : list;
    }

    private static long integer(String path, JsonElement json, long least, long most) {
        var text = primitive(path, json, JsonPrimitive::isNumber, "a number").getAsString();
        try {
            var number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // the same words for a number that is too large, and for one with a fraction
        }
        throw expected(path, "a whole number that is not too large");
    }

    private static BigInteger unsigned(String path, JsonElement json) {
        var text = primitive(path, json, JsonPrimitive::isNumber, "a number").getAsString();
        if (text.length() <= LONGEST_UNSIGNED && text.chars().allMatch(c -> '0' <= c && c <= '9')) {
            var number = new BigInteger(text);
            if (number.bitLength() <= Long.SIZE) {
                return number;
            }
        }
        throw expected(path, "a whole number from 0 that has 64 bits at most");
    }

    private static JsonPrimitive primitive(
            String path, JsonElement json, Predicate<JsonPrimitive> suitable, String expected) {
        if (json.isJsonPrimitive() && suitable.test(json.getAsJsonPrimitive())) {
            return json.getAsJsonPrimitive();
        }
        throw expected(path, expected);
    }

    private static JsonParseException expected(String path, String expected) {
        return new JsonParseException((path.isEmpty() ? "the whole" : path) + ": expected " + expected);
    }

    private static Object get(Record object, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(object);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object make(String path, Class<?> type, JsonObject json) {
        var components = type.getRecordComponents();
        try {
            var constructor = type.getDeclaredConstructor(
                    Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            var prefix = path.isEmpty() ? "" : path + ".";
            var values = new Object[components.length];
            for (var i = 0; i < values.length; i++) {
                var name = components[i].getName();
                values[i] = read(prefix + name, json.get(name), components[i].getGenericType());
            }
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new JsonParseException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
