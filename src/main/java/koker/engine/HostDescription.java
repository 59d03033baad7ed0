package koker.engine;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import koker.cgroup.CgroupException;
import koker.image.ImageSummary;

/** What there is of koker on a host, and what host that is, in the fields that {@code docker info} has. */
public final class HostDescription {
    private HostDescription() {}

    /**
     * Describes the host of {@code household}.
     *
     * @param images those that it has
     * @param version koker's
     */
    public static JsonObject of(Household household, List<ImageSummary> images, String version) {
        return household.attempt("cannot look at this host", () -> {
            var json = new JsonObject();
            addContainers(json, new ContainerViews(household).list());
            json.addProperty(
                    "Images", images.stream().map(ImageSummary::id).distinct().count());
            json.addProperty("Driver", "overlay");
            json.addProperty("DockerRootDir", household.engine().home().root().toString());
            json.addProperty("CgroupDriver", "cgroupfs");
            json.addProperty("CgroupVersion", cgroups(household.engine()));
            json.addProperty("KernelVersion", System.getProperty("os.version"));
            json.addProperty("OperatingSystem", field(Path.of("/etc/os-release"), "PRETTY_NAME="));
            json.addProperty("OSType", "linux");
            json.addProperty("Architecture", System.getProperty("os.arch").replace("amd64", "x86_64"));
            json.addProperty("NCPU", Runtime.getRuntime().availableProcessors());
            json.addProperty("MemTotal", memory());
            json.addProperty(
                    "Name",
                    Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
            json.addProperty("ServerVersion", version);
            return json;
        });
    }

    private static void addContainers(JsonObject json, List<Container> containers) {
        var running = 0;
        var paused = 0;
        for (var container : containers) {
            running += container.status() == Container.Status.RUNNING ? 1 : 0;
            paused += container.status() == Container.Status.PAUSED ? 1 : 0;
        }
        json.addProperty("Containers", containers.size());
        json.addProperty("ContainersRunning", running);
        json.addProperty("ContainersPaused", paused);
        json.addProperty("ContainersStopped", containers.size() - running - paused);
    }

    /** 1 where both are, as controllers are mostly there then; empty where there are none. */
    private static String cgroups(Engine engine) {
        try {
            return engine.cgroups().isUnified() ? "2" : "1";
        } catch (CgroupException e) {
            return "";
        }
    }

    private static long memory() throws IOException {
        return Long.parseLong(field(Path.of("/proc/meminfo"), "MemTotal:").replaceAll("[^0-9]", "")) << 10;
    }

    /** What stands behind {@code name} in a file of lines, without quotes; empty if it is not there. */
    private static String field(Path file, String name) throws IOException {
        if (!Files.exists(file)) {
            return "";
        }
        for (var line : Files.readAllLines(file)) {
            if (line.startsWith(name)) {
                return line.substring(name.length()).strip().replace("\"", "");
            }
        }
        return "";
    }
}
