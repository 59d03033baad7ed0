package koker.oci;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import koker.kernel.Capability;
import koker.runtime.Planner;
import koker.runtime.Vocabulary;
import koker.spec.Spec;
import koker.systemd.ScopeProperties;

/** What this runtime can do (OCI runtime-spec, features.md and features-linux.md). */
public final class Features {
    private static final List<String> HOOKS =
            List.of("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop");

    /** Annotations that change what koker does; one that ends in a dot is the beginning of many. */
    private static final List<String> UNSAFE = List.of(Planner.INIT, Settings.TRACES, ScopeProperties.ANNOTATION);

    private Features() {}

    /** As a JSON object. */
    public static String json() throws IOException {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.setIndent("  ");
            json.beginObject();
            json.name("ociVersionMin").value("1.0.0");
            json.name("ociVersionMax").value(Spec.VERSION);
            list(json, "hooks", HOOKS);
            list(json, "mountOptions", Vocabulary.mountOptions());
            list(json, "potentiallyUnsafeConfigAnnotations", UNSAFE);
            json.name("linux").beginObject();
            list(json, "namespaces", Vocabulary.namespaces());
            list(
                    json,
                    "capabilities",
                    Arrays.stream(Capability.values()).map(Enum::name).toList());
            json.name("cgroup").beginObject();
            for (var able : List.of("v1", "v2", "systemd", "systemdUser", "rdma")) {
                json.name(able).value(true);
            }
            json.endObject();
            json.name("seccomp").beginObject();
            json.name("enabled").value(true);
            list(json, "actions", Vocabulary.actions());
            list(json, "operators", Vocabulary.operators());
            list(json, "archs", Vocabulary.architectures());
            list(json, "knownFlags", Vocabulary.filterFlags());
            list(json, "supportedFlags", Vocabulary.filterFlags());
            json.endObject();
            enabled(json, "apparmor", true);
            enabled(json, "selinux", true);
            enabled(json, "intelRdt", false);
            json.name("mountExtensions").beginObject();
            enabled(json, "idmap", true);
            json.endObject();
            json.endObject();
            json.endObject();
        }
        return text.toString();
    }

    private static void enabled(JsonWriter json, String name, boolean enabled) throws IOException {
        json.name(name).beginObject().name("enabled").value(enabled).endObject();
    }

    private static void list(JsonWriter json, String name, List<String> values) throws IOException {
        json.name(name).beginArray();
        for (var value : values) {
            json.value(value);
        }
        json.endArray();
    }
}
