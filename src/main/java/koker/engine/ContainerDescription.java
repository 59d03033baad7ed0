package koker.engine;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import koker.image.HealthCheck;
import koker.network.Endpoint;
import koker.spec.Spec;

/** All that is known of a container, as JSON with the names that Docker gives it. */
record ContainerDescription(Container container, Spec spec) {
    private static final String NEVER = "0001-01-01T00:00:00Z";

    JsonObject json() {
        var state = container.state();
        var json = new JsonObject();
        json.addProperty("Id", container.id());
        json.addProperty("Created", time(container.created()));
        json.addProperty("Path", spec.process().args().getFirst());
        json.add(
                "Args",
                texts(spec.process().args().subList(1, spec.process().args().size())));
        json.add("State", state());
        json.addProperty("Image", container.imageId());
        json.addProperty("Name", container.name());
        json.addProperty(
                "RestartCount",
                state.run() != null
                        ? state.run().restarts()
                        : state.end() != null ? state.end().restarts() : 0);
        json.addProperty("LogPath", container.folder().log().toString());
        json.addProperty("Bundle", container.folder().path().toString());
        json.add("HostConfig", hostConfig());
        json.add("NetworkSettings", networkSettings());
        json.add("Mounts", mounts());
        json.add("Config", config());
        return json;
    }

    private JsonObject state() {
        var status = container.status();
        var end = container.state().end();
        var json = new JsonObject();
        json.addProperty("Status", status.toString());
        json.addProperty("Running", container.isAlive());
        json.addProperty("Paused", status == Container.Status.PAUSED);
        json.addProperty("OOMKilled", container.outOfMemory());
        json.addProperty("Pid", container.pid());
        json.addProperty(
                "SupervisorPid",
                container.isAlive() ? container.state().run().keeper().pid() : 0);
        json.addProperty("ExitCode", container.exitStatus().orElse(0));
        json.addProperty("Error", end == null || end.error() == null ? "" : end.error());
        json.addProperty("StartedAt", time(container.started()));
        json.addProperty("FinishedAt", time(container.ended()));
        if (container.state().settings().healthCheck() != null) {
            json.add("Health", health(Health.of(container.folder(), container.state())));
        }
        return json;
    }

    private static JsonObject health(Health health) {
        var log = new JsonArray();
        for (var check : health.log()) {
            var json = new JsonObject();
            json.addProperty("Start", time(check.start()));
            json.addProperty("End", time(check.end()));
            json.addProperty("ExitCode", check.exitCode());
            json.addProperty("Output", check.output());
            log.add(json);
        }
        var json = new JsonObject();
        json.addProperty("Status", health.status());
        json.addProperty("FailingStreak", health.failingStreak());
        json.add("Log", log);
        return json;
    }

    private static JsonObject healthCheck(HealthCheck check) {
        var json = new JsonObject();
        json.add("Test", texts(check.test()));
        json.addProperty("Interval", check.interval());
        json.addProperty("Timeout", check.timeout());
        json.addProperty("StartPeriod", check.startPeriod());
        json.addProperty("StartInterval", check.startInterval());
        json.addProperty("Retries", check.retries());
        return json;
    }

    private JsonObject hostConfig() {
        var settings = container.state().settings();
        var resources = spec.linux().resources();
        var json = new JsonObject();
        json.addProperty("AutoRemove", settings.removed());
        json.addProperty("RestartPolicy", RestartPolicy.of(container.state()).toString());
        json.addProperty("NetworkMode", settings.network().mode());
        json.addProperty("ReadonlyRootfs", spec.root().readonly());
        json.addProperty("CgroupsPath", spec.linux().cgroupsPath());
        json.addProperty(
                "OomScoreAdj", Optional.ofNullable(spec.process().oomScoreAdj()).orElse(0));
        json.add("Devices", devices());
        json.addProperty("PidFile", settings.pidfile() == null ? "" : settings.pidfile());
        json.add("Annotations", pairs(spec.annotations()));
        if (resources != null) {
            limits(json, resources);
        }
        return json;
    }

    private JsonArray devices() {
        var devices = new JsonArray();
        for (var device : spec.linux().devices()) {
            var json = new JsonObject();
            json.addProperty("PathInContainer", device.path());
            json.addProperty("Device", device.type() + " " + device.major() + ":" + device.minor());
            devices.add(json);
        }
        return devices;
    }

    private static void limits(JsonObject json, Spec.Resources resources) {
        var memory = Optional.ofNullable(resources.memory());
        json.addProperty("Memory", memory.map(Spec.Memory::limit).orElse(null));
        json.addProperty(
                "MemoryReservation", memory.map(Spec.Memory::reservation).orElse(null));
        json.addProperty("MemorySwap", memory.map(Spec.Memory::swap).orElse(null));
        json.addProperty("MemorySwappiness", memory.map(Spec.Memory::swappiness).orElse(null));
        var cpu = Optional.ofNullable(resources.cpu());
        json.addProperty("CpuShares", cpu.map(Spec.Cpu::shares).orElse(null));
        json.addProperty("CpuQuota", cpu.map(Spec.Cpu::quota).orElse(null));
        json.addProperty("CpuPeriod", cpu.map(Spec.Cpu::period).orElse(null));
        json.addProperty("CpusetCpus", cpu.map(Spec.Cpu::cpus).orElse(""));
        json.addProperty("CpusetMems", cpu.map(Spec.Cpu::mems).orElse(""));
        json.addProperty(
                "PidsLimit",
                Optional.ofNullable(resources.pids()).map(Spec.Pids::limit).orElse(null));
        json.addProperty(
                "BlkioWeight",
                Optional.ofNullable(resources.blockIO())
                        .map(Spec.BlockIo::weight)
                        .orElse(null));
    }

    private JsonObject networkSettings() {
        var connections = container.isAlive() ? container.folder().connections() : Optional.<Connections>empty();
        var ports = new JsonObject();
        for (var port : container.ports()) {
            if (!ports.has(port.inside())) {
                ports.add(port.inside(), new JsonArray());
            }
            var binding = new JsonObject();
            binding.addProperty("HostIp", port.hostAddress());
            binding.addProperty("HostPort", Integer.toString(port.port()));
            ports.getAsJsonArray(port.inside()).add(binding);
        }
        var networks = new JsonObject();
        for (var wanted : container.state().settings().network().endpoints()) {
            var endpoint = connections.flatMap(all -> all.endpoint(wanted.network()));
            var json = new JsonObject();
            json.add("Aliases", texts(wanted.aliases()));
            json.addProperty("IPAddress", endpoint.map(Endpoint::address).orElse(""));
            json.addProperty("IPPrefixLen", endpoint.map(Endpoint::prefix).orElse(0));
            json.addProperty("Gateway", endpoint.map(Endpoint::gateway).orElse(""));
            json.addProperty(
                    "GlobalIPv6Address", endpoint.map(Endpoint::address6).orElse(""));
            json.addProperty(
                    "GlobalIPv6PrefixLen", endpoint.map(Endpoint::prefix6).orElse(0));
            json.addProperty("IPv6Gateway", endpoint.map(Endpoint::gateway6).orElse(""));
            json.addProperty("MacAddress", endpoint.map(Endpoint::mac).orElse(""));
            networks.add(wanted.network(), json);
        }
        var json = new JsonObject();
        var first = connections.flatMap(all -> all.endpoints().stream().findFirst());
        json.addProperty("IPAddress", first.map(Endpoint::address).orElse(""));
        json.addProperty("Gateway", first.map(Endpoint::gateway).orElse(""));
        json.addProperty("MacAddress", first.map(Endpoint::mac).orElse(""));
        json.add("Ports", ports);
        json.add("Networks", networks);
        return json;
    }

    private JsonArray mounts() {
        var list = new JsonArray();
        for (var mount : spec.mounts()) {
            var json = new JsonObject();
            json.addProperty("Type", mount.type() == null ? "bind" : mount.type());
            json.addProperty("Source", mount.source());
            json.addProperty("Destination", mount.destination());
            json.addProperty("Mode", String.join(",", mount.options()));
            json.addProperty("RW", !mount.options().contains("ro"));
            list.add(json);
        }
        return list;
    }

    private JsonObject config() {
        var settings = container.state().settings();
        var process = spec.process();
        var json = new JsonObject();
        json.addProperty("Hostname", spec.hostname());
        json.addProperty("User", process.user().uid() + ":" + process.user().gid());
        json.addProperty("Tty", process.terminal());
        json.addProperty("OpenStdin", settings.interactive());
        json.add("Env", texts(process.env()));
        json.add("Cmd", texts(process.args()));
        json.addProperty("Image", container.image());
        json.addProperty("WorkingDir", process.cwd());
        json.addProperty("StopSignal", settings.stopSignal());
        json.addProperty("StopTimeout", settings.stopTimeout());
        if (settings.healthCheck() != null) {
            json.add("Healthcheck", healthCheck(settings.healthCheck()));
        }
        json.add("Labels", pairs(container.labels()));
        return json;
    }

    private static String time(long millis) {
        return millis == 0 ? NEVER : Instant.ofEpochMilli(millis).toString();
    }

    private static JsonArray texts(List<String> texts) {
        var list = new JsonArray();
        texts.forEach(list::add);
        return list;
    }

    private static JsonObject pairs(Map<String, String> pairs) {
        var json = new JsonObject();
        pairs.forEach(json::addProperty);
        return json;
    }
}
