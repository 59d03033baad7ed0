package koker.oci;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.List;
import koker.spec.SpecException;

/** Resources as engines hand them over for an update. */
final class Limits {
    private static final List<String> PARTS = List.of("memory", "cpu", "blockIO", "pids");
    /** Where nothing is a value like any other. */
    private static final String SWAPPINESS = "swappiness";

    private Limits() {}

    /** The same without the numbers that are 0: Docker and others write that where nothing was said. */
    static String withoutZeros(String json) {
        try {
            var all = JsonParser.parseString(json);
            if (all instanceof JsonObject object) {
                PARTS.forEach(part -> remove(object.get(part)));
            }
            return all.toString();
        } catch (JsonParseException e) {
            throw new SpecException("the resources: damaged: " + e.getMessage());
        }
    }

    private static void remove(JsonElement part) {
        if (part instanceof JsonObject object) {
            object.entrySet()
                    .removeIf(field -> !field.getKey().equals(SWAPPINESS)
                            && field.getValue().isJsonPrimitive()
                            && field.getValue().getAsString().equals("0"));
        }
    }
}
