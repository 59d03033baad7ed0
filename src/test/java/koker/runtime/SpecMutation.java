package koker.runtime;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What a config.json can turn into when places of it are changed at random. */
public final class SpecMutation {
    private static final int MOST_CHANGES = 4;

    private static final List<JsonElement> VALUES = List.of(
            JsonNull.INSTANCE,
            new JsonArray(),
            new JsonObject(),
            new JsonPrimitive(true),
            new JsonPrimitive(0),
            new JsonPrimitive(-1),
            new JsonPrimitive(1.5),
            new JsonPrimitive(Long.MAX_VALUE),
            new JsonPrimitive(Long.MIN_VALUE),
            new JsonPrimitive(new BigInteger("99999999999999999999999999")),
            new JsonPrimitive(""),
            new JsonPrimitive("/"),
            new JsonPrimitive("."),
            new JsonPrimitive("../../../etc/passwd"),
            new JsonPrimitive("/proc/self/fd/3"),
            new JsonPrimitive("a\nb\u001b[2J"),
            new JsonPrimitive("a\0b"),
            new JsonPrimitive("\ud800"),
            new JsonPrimitive("ü€😀"),
            new JsonPrimitive("="),
            new JsonPrimitive("bind"),
            new JsonPrimitive("remount"),
            new JsonPrimitive("cgroup"),
            new JsonPrimitive("user"),
            new JsonPrimitive("x".repeat(5000)));

    private SpecMutation() {}

    /** The JSON {@code spec} with some changes, as {@code random} has it; some are cut off, or have one byte that is another. */
    public static byte[] of(String spec, Random random) {
        var whole = JsonParser.parseString(spec);
        for (var changes = random.nextInt(MOST_CHANGES) + 1; changes > 0; changes--) {
            change(whole, random);
        }
        var bytes = whole.toString().getBytes(StandardCharsets.UTF_8);
        return switch (random.nextInt(10)) {
            case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 1 -> {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                yield bytes;
            }
            default -> bytes;
        };
    }

    /** Changes one place: a value becomes another one, goes, is doubled, or takes the place of another. */
    private static void change(JsonElement whole, Random random) {
        var places = new ArrayList<JsonElement>();
        collect(whole, places);
        var place = places.get(random.nextInt(places.size()));
        var value = random.nextInt(4) == 0
                ? places.get(random.nextInt(places.size())).deepCopy()
                : VALUES.get(random.nextInt(VALUES.size())).deepCopy();
        if (place.isJsonObject()) {
            var names = new ArrayList<>(place.getAsJsonObject().keySet());
            if (names.isEmpty()) {
                return;
            }
            var name = names.get(random.nextInt(names.size()));
            if (random.nextInt(3) == 0) {
                place.getAsJsonObject().remove(name);
            } else {
                place.getAsJsonObject().add(name, value);
            }
        } else {
            var list = place.getAsJsonArray();
            switch (random.nextInt(3)) {
                case 0 -> list.add(value);
                case 1 ->
                    list.add(
                            list.isEmpty()
                                    ? value
                                    : list.get(random.nextInt(list.size())).deepCopy());
                default -> {
                    if (!list.isEmpty()) {
                        list.set(random.nextInt(list.size()), value);
                    }
                }
            }
        }
    }

    private static void collect(JsonElement element, List<JsonElement> places) {
        if (element.isJsonObject()) {
            places.add(element);
            element.getAsJsonObject().entrySet().forEach(entry -> collect(entry.getValue(), places));
        } else if (element.isJsonArray()) {
            places.add(element);
            element.getAsJsonArray().forEach(each -> collect(each, places));
        }
    }
}
