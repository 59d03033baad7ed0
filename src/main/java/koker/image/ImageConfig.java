package koker.image;

import com.google.gson.JsonParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What an image is made for and how its containers start (OCI image-spec 1.1, config.md). What the image does not say
 * is an empty text or an empty list, never null.
 *
 * @param created when, as RFC 3339 writes it
 * @param variant of the architecture, as {@code v7}
 * @param diffIds the digests of the layers' uncompressed archives, lowest first
 * @param history how each layer came to be, lowest first
 */
public record ImageConfig(
        String created,
        String architecture,
        String variant,
        String os,
        Defaults config,
        List<Digest> diffIds,
        List<History> history) {
    static final String MEDIA_TYPE = "application/vnd.oci.image.config.v1+json";

    /**
     * What a container gets unless its user says otherwise.
     *
     * @param user {@code user}, {@code uid}, {@code user:group}, {@code uid:gid}
     * @param exposedPorts as {@code 80/tcp}
     * @param env as {@code NAME=value}
     * @param volumes the folders in the container that shall be volumes
     */
    public record Defaults(
            String user,
            List<String> exposedPorts,
            List<String> env,
            List<String> entrypoint,
            List<String> cmd,
            List<String> volumes,
            String workingDir,
            Map<String, String> labels,
            String stopSignal,
            HealthCheck healthCheck) {}

    /** One step of the build; those with {@code emptyLayer} made no layer. */
    public record History(String created, String createdBy, String author, String comment, boolean emptyLayer) {}

    /**
     * Reads a configuration.
     *
     * @throws JsonParseException if it is none
     */
    public static ImageConfig parse(byte[] bytes) {
        return of(Json.parse(bytes));
    }

    static ImageConfig of(Json json) {
        var rootfs = json.optional("rootfs").orElseThrow(() -> new JsonParseException("rootfs is missing"));
        var diffIds = new ArrayList<Digest>();
        for (var diffId : rootfs.texts("diff_ids")) {
            diffIds.add(Digest.parse(diffId));
        }
        var history = new ArrayList<History>();
        for (var step : json.objects("history")) {
            history.add(new History(
                    step.text("created"),
                    step.text("created_by"),
                    step.text("author"),
                    step.text("comment"),
                    step.flag("empty_layer")));
        }
        var config = json.at("config");
        return new ImageConfig(
                json.text("created"),
                json.text("architecture"),
                json.text("variant"),
                json.text("os"),
                new Defaults(
                        config.text("User"),
                        config.names("ExposedPorts"),
                        config.texts("Env"),
                        config.texts("Entrypoint"),
                        config.texts("Cmd"),
                        config.names("Volumes"),
                        config.text("WorkingDir"),
                        config.map("Labels"),
                        config.text("StopSignal"),
                        HealthCheck.of(config.at("Healthcheck"))),
                List.copyOf(diffIds),
                List.copyOf(history));
    }
}
