package koker.spec;

import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
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

/** Reads a record from JSON, and says of what it refuses where that stands: {@code linux.seccomp.syscalls[3].names}. */
final class RecordReader {
    /** What a member that is not there counts as, if not as null. */
    private static final Map<Type, Object> ABSENT = Map.of(boolean.class, false, int.class, 0, long.class, 0L);

    private static final int LONGEST_UNSIGNED = 20; // digits
    private static final BigInteger ALL_BITS = BigInteger.TWO.pow(Long.SIZE).subtract(BigInteger.ONE);

    private final String text;
    private final JsonReader json;
    /** Whether there may be characters that the kernel cannot be told: no other way leads into a text that was UTF-8. */
    private final boolean hasEscapes;

    RecordReader(String text) {
        this.text = text;
        this.json = new JsonReader(new StringReader(text));
        this.hasEscapes = text.contains("\\u");
        json.setStrictness(Strictness.STRICT);
    }

    /**
     * The record that the JSON describes, null if it is empty.
     *
     * @throws JsonParseException if it is no JSON, or a member is not of the type that the record wants
     */
    <T extends Record> T read(Class<T> type) {
        try (json) {
            if (isEmpty()) {
                return null;
            }
            var object = read((Type) type);
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new JsonParseException("something follows behind its end");
            }
            return type.cast(object);
        } catch (IOException e) {
            throw new JsonParseException(e.getMessage(), e);
        }
    }

    private boolean isEmpty() {
        for (var i = 0; i < text.length(); i++) {
            if (" \t\r\n".indexOf(text.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }

    private Object read(Type type) throws IOException {
        if (json.peek() == JsonToken.NULL) {
            json.nextNull();
            return ABSENT.get(type);
        }
        if (type instanceof ParameterizedType generic) {
            return generic.getRawType() == Map.class ? map(generic) : list(generic);
        }
        if (type == String.class) {
            return text();
        }
        if (type == boolean.class || type == Boolean.class) {
            expect(JsonToken.BOOLEAN, "true or false");
            return json.nextBoolean();
        }
        if (type == int.class || type == Integer.class) {
            return (int) integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        if (type == long.class || type == Long.class) {
            return integer(Long.MIN_VALUE, Long.MAX_VALUE);
        }
        if (type == BigInteger.class) {
            return unsigned();
        }
        if (type == Unsupported.class) {
            json.skipValue();
            return Unsupported.PRESENT;
        }
        return object((Class<?>) type);
    }

    private Map<String, Object> map(ParameterizedType type) throws IOException {
        expect(JsonToken.BEGIN_OBJECT, "an object");
        var inner = type.getActualTypeArguments()[1];
        var map = new LinkedHashMap<String, Object>();
        json.beginObject();
        while (json.hasNext()) {
            var name = checked(json.nextName());
            if (map.containsKey(name)) {
                throw twice();
            }
            map.put(name, read(inner));
        }
        json.endObject();
        return map;
    }

    private Collection<Object> list(ParameterizedType type) throws IOException {
        expect(JsonToken.BEGIN_ARRAY, "a list");
        var inner = type.getActualTypeArguments()[0];
        var list = new ArrayList<Object>();
        json.beginArray();
        while (json.hasNext()) {
            list.add(read(inner));
        }
        json.endArray();
        return type.getRawType() == Set.class ? new LinkedHashSet<>(list) : list;
    }

    private Object object(Class<?> type) throws IOException {
        expect(JsonToken.BEGIN_OBJECT, "an object");
        var components = type.getRecordComponents();
        var values = new Object[components.length];
        var seen = new boolean[components.length];
        for (var i = 0; i < values.length; i++) {
            values[i] = ABSENT.get(components[i].getType());
        }
        json.beginObject();
        while (json.hasNext()) {
            var i = index(components, json.nextName());
            if (i < 0) {
                json.skipValue();
                continue;
            }
            if (seen[i]) {
                throw twice();
            }
            seen[i] = true;
            values[i] = read(components[i].getGenericType());
        }
        json.endObject();
        return make(type, components, values);
    }

    private static int index(RecordComponent[] components, String name) {
        for (var i = 0; i < components.length; i++) {
            if (JsonRecords.name(components[i]).equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private long integer(long least, long most) throws IOException {
        expect(JsonToken.NUMBER, "a number");
        try {
            var number = Long.parseLong(json.nextString());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // the same words for a number that is too large, and for one with a fraction
        }
        throw new JsonParseException(place(json.getPreviousPath()) + ": expected a whole number that is not too large");
    }

    private BigInteger unsigned() throws IOException {
        expect(JsonToken.NUMBER, "a number");
        var number = json.nextString();
        if (number.equals("-1")) {
            return ALL_BITS; // as kokers wrote it once
        }
        if (number.length() <= LONGEST_UNSIGNED && number.charAt(0) != '-') {
            try {
                return new BigInteger(Long.toUnsignedString(Long.parseUnsignedLong(number)));
            } catch (NumberFormatException e) {
                // the same words for a number that is too large, and for one with a fraction
            }
        }
        throw new JsonParseException(
                place(json.getPreviousPath()) + ": expected a whole number from 0 that has 64 bits at most");
    }

    private String text() throws IOException {
        expect(JsonToken.STRING, "a text");
        return checked(json.nextString());
    }

    /** A text that the kernel can be told whole: for it, a zero byte ends one, and half a character is none. */
    private String checked(String text) {
        for (var i = 0; hasEscapes && i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == 0) {
                throw new JsonParseException(place(json.getPreviousPath()) + ": has a zero byte in it");
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new JsonParseException(place(json.getPreviousPath()) + ": has half a character in it");
            }
        }
        return text;
    }

    private void expect(JsonToken token, String expected) throws IOException {
        if (json.peek() != token) {
            throw new JsonParseException(place(json.getPath()) + ": expected " + expected);
        }
    }

    private JsonParseException twice() {
        return new JsonParseException(place(json.getPath()) + ": is there twice");
    }

    /** Gson begins a path with a dollar, which stands for the whole. */
    private static String place(String path) {
        return path.startsWith("$.") ? path.substring(2) : "the whole";
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
