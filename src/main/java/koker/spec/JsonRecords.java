package koker.spec;

import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
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
import java.util.stream.Stream;

/**
 * Records as JSON, and back: an object with a member for each component that is not null. (Gson could do it alone, but needs 8 ms to
 * find out how.)
 */
public final class JsonRecords {
    /** What a member that is not there counts as, if not as null. */
    private static final Map<Type, Object> ABSENT = Map.of(boolean.class, false, int.class, 0, long.class, 0L);

    private static final int LONGEST_UNSIGNED = 20; // digits
    private static final BigInteger ALL_BITS = BigInteger.TWO.pow(Long.SIZE).subtract(BigInteger.ONE);

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
        try (var reader = new JsonReader(new StringReader(json))) {
            reader.setStrictness(Strictness.STRICT);
            if (isEmpty(json)) {
                return null;
            }
            var object = read("", reader, type);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new JsonParseException("something follows behind its end");
            }
            return type.cast(object);
        } catch (IOException e) {
            throw new JsonParseException(e.getMessage(), e);
        }
    }

    private static boolean isEmpty(String json) {
        for (var i = 0; i < json.length(); i++) {
            if (" \t\r\n".indexOf(json.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
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

    private static Object read(String path, JsonReader json, Type type) throws IOException {
        if (json.peek() == JsonToken.NULL) {
            json.nextNull();
            return ABSENT.get(type);
        }
        if (type instanceof ParameterizedType generic) {
            return generic.getRawType() == Map.class ? map(path, json, generic) : list(path, json, generic);
        }
        if (type == String.class) {
            return text(path, json);
        }
        if (type == boolean.class || type == Boolean.class) {
            expect(path, json, JsonToken.BOOLEAN, "true or false");
            return json.nextBoolean();
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
        if (type == Unsupported.class) {
            json.skipValue();
            return Unsupported.PRESENT;
        }
        return object(path, json, (Class<?>) type);
    }

    private static Map<String, Object> map(String path, JsonReader json, ParameterizedType type) throws IOException {
        expect(path, json, JsonToken.BEGIN_OBJECT, "an object");
        var inner = type.getActualTypeArguments()[1];
        var map = new LinkedHashMap<String, Object>();
        json.beginObject();
        while (json.hasNext()) {
            var name = checked(path, json.nextName());
            var place = path + "." + name;
            if (map.containsKey(name)) {
                throw new JsonParseException(place + ": is there twice");
            }
            map.put(name, read(place, json, inner));
        }
        json.endObject();
        return map;
    }

    private static Collection<Object> list(String path, JsonReader json, ParameterizedType type) throws IOException {
        expect(path, json, JsonToken.BEGIN_ARRAY, "a list");
        var inner = type.getActualTypeArguments()[0];
        var list = new ArrayList<Object>();
        json.beginArray();
        while (json.hasNext()) {
            list.add(read(path + "[" + list.size() + "]", json, inner));
        }
        json.endArray();
        return type.getRawType() == Set.class ? new LinkedHashSet<>(list) : list;
    }

    private static Object object(String path, JsonReader json, Class<?> type) throws IOException {
        expect(path, json, JsonToken.BEGIN_OBJECT, "an object");
        var components = type.getRecordComponents();
        var values = new Object[components.length];
        var seen = new boolean[components.length];
        for (var i = 0; i < values.length; i++) {
            values[i] = ABSENT.get(components[i].getType());
        }
        json.beginObject();
        while (json.hasNext()) {
            var name = json.nextName();
            var i = index(components, name);
            if (i < 0) {
                json.skipValue();
                continue;
            }
            var place = path.isEmpty() ? name : path + "." + name;
            if (seen[i]) {
                throw new JsonParseException(place + ": is there twice");
            }
            seen[i] = true;
            values[i] = read(place, json, components[i].getGenericType());
        }
        json.endObject();
        return make(type, components, values);
    }

    private static int index(RecordComponent[] components, String name) {
        for (var i = 0; i < components.length; i++) {
            if (name(components[i]).equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** The member's name: a component that would be called as a word of Java's is has a line behind its name. */
    private static String name(RecordComponent component) {
        var name = component.getName();
        return name.endsWith("_") ? name.substring(0, name.length() - 1) : name;
    }

    private static long integer(String path, JsonReader json, long least, long most) throws IOException {
        expect(path, json, JsonToken.NUMBER, "a number");
        var text = json.nextString();
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

    private static BigInteger unsigned(String path, JsonReader json) throws IOException {
        expect(path, json, JsonToken.NUMBER, "a number");
        var text = json.nextString();
        if (text.equals("-1")) {
            return ALL_BITS; // as kokers wrote it once
        }
        if (text.length() <= LONGEST_UNSIGNED && text.charAt(0) != '-') {
            try {
                return new BigInteger(Long.toUnsignedString(Long.parseUnsignedLong(text)));
            } catch (NumberFormatException e) {
                // the same words for a number that is too large, and for one with a fraction
            }
        }
        throw expected(path, "a whole number from 0 that has 64 bits at most");
    }

    private static String text(String path, JsonReader json) throws IOException {
        expect(path, json, JsonToken.STRING, "a text");
        return checked(path, json.nextString());
    }

    /** A text that the kernel can be told whole: for it, a zero byte ends one, and half a character is none. */
    private static String checked(String path, String text) {
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == 0) {
                throw new JsonParseException(path + ": has a zero byte in it");
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new JsonParseException(path + ": has half a character in it");
            }
        }
        return text;
    }

    private static void expect(String path, JsonReader json, JsonToken token, String expected) throws IOException {
        if (json.peek() != token) {
            throw expected(path, expected);
        }
    }

    private static JsonParseException expected(String path, String expected) {
        return new JsonParseException((path.isEmpty() ? "the whole" : path) + ": expected " + expected);
    }

    private static Object make(Class<?> type, RecordComponent[] components, Object[] values) {
        try {
            var constructor = type.getDeclaredConstructor(
                    Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new JsonParseException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
