package koker.spec;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.List;

/** The file config.json of a bundle (OCI runtime-spec 1.2, bundle.md). */
public final class SpecFile {
    private SpecFile() {}

    /**
     * Reads the config.json of the folder {@code bundle}.
     *
     * @throws SpecException if it is missing, damaged, or no description of a container
     */
    public static Spec read(Path bundle) {
        var file = bundle.resolve("config.json");
        try {
            var spec = JsonRecords.read(Files.readString(file), Spec.class);
            check(file, spec);
            return spec;
        } catch (NoSuchFileException e) {
            throw new SpecException(file + ": no such file; a bundle is a folder with a config.json");
        } catch (IOException e) {
            throw new SpecException(file + ": cannot be read: " + e.getMessage());
        } catch (JsonParseException | NumberFormatException e) {
            throw new SpecException(file + ": damaged: " + reason(e));
        }
    }

    /** Writes {@code spec} as the config.json of the folder {@code bundle}, all of it or nothing. */
    public static void write(Path bundle, Spec spec) throws IOException {
        var next = bundle.resolve("config.json.new");
        Files.writeString(next, JsonRecords.write(spec));
        Files.move(
                next,
                bundle.resolve("config.json"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static void check(Path file, Spec spec) {
        if (spec == null) {
            throw new SpecException(file + ": damaged: the file is empty");
        }
        need(file, "ociVersion", spec.ociVersion());
        need(file, "root", spec.root());
        need(file, "root.path", spec.root().path());
        need(file, "process", spec.process());
        need(file, "process.user", spec.process().user());
        need(file, "process.cwd", spec.process().cwd());
        need(file, "linux", spec.linux());
        if (spec.process().args().isEmpty()) {
            throw new SpecException(file + ": process.args is empty; it names the command to run");
        }
        if (!spec.process().cwd().startsWith("/")) {
            throw new SpecException(file + ": process.cwd is not an absolute path: "
                    + spec.process().cwd());
        }
        check(file, spec.process());
        check(file, spec.linux());
        check(file, spec.hooks());
        for (var mount : spec.mounts()) {
            need(file, "mounts[]", mount);
            need(file, "mounts[].destination", mount.destination());
            needAll(file, "mounts[].options", mount.options());
            if (!mount.destination().startsWith("/")) {
                throw new SpecException(
                        file + ": a mount's destination is not an absolute path: " + mount.destination());
            }
        }
    }

    private static void check(Path file, Spec.Process process) {
        needAll(file, "process.args", process.args());
        needAll(file, "process.env", process.env());
        needAll(file, "process.user.additionalGids", process.user().additionalGids());
        needAll(file, "process.rlimits", process.rlimits());
        process.rlimits().forEach(limit -> need(file, "process.rlimits[].type", limit.type()));
        var sets = process.capabilities();
        if (sets != null) {
            needAll(file, "process.capabilities.bounding", sets.bounding());
            needAll(file, "process.capabilities.effective", sets.effective());
            needAll(file, "process.capabilities.inheritable", sets.inheritable());
            needAll(file, "process.capabilities.permitted", sets.permitted());
            needAll(file, "process.capabilities.ambient", sets.ambient());
        }
    }

    private static void check(Path file, Spec.Linux linux) {
        needAll(file, "linux.namespaces", linux.namespaces());
        linux.namespaces().forEach(namespace -> need(file, "linux.namespaces[].type", namespace.type()));
        needAll(file, "linux.sysctl", linux.sysctl().values());
        needAll(file, "linux.maskedPaths", linux.maskedPaths());
        needAll(file, "linux.readonlyPaths", linux.readonlyPaths());
        if (linux.seccomp() != null) {
            check(file, linux.seccomp());
        }
        if (linux.resources() != null) {
            needAll(file, "linux.resources.devices", linux.resources().devices());
            needAll(file, "linux.resources.hugepageLimits", linux.resources().hugepageLimits());
        }
    }

    private static void check(Path file, Seccomp seccomp) {
        need(file, "linux.seccomp.defaultAction", seccomp.defaultAction());
        needAll(file, "linux.seccomp.architectures", seccomp.architectures());
        needAll(file, "linux.seccomp.flags", seccomp.flags() == null ? List.of() : seccomp.flags());
        needAll(file, "linux.seccomp.syscalls", seccomp.syscalls());
        for (var rule : seccomp.syscalls()) {
            need(file, "linux.seccomp.syscalls[].action", rule.action());
            needAll(file, "linux.seccomp.syscalls[].names", rule.names());
            needAll(file, "linux.seccomp.syscalls[].args", rule.args());
            rule.args().forEach(condition -> need(file, "linux.seccomp.syscalls[].args[].op", condition.op()));
            if (rule.names().isEmpty()) {
                throw new SpecException(
                        file + ": linux.seccomp.syscalls[].names is empty; it says which calls the rule is about");
            }
        }
    }

    private static void check(Path file, Hooks hooks) {
        check(file, "hooks.prestart", hooks.prestart());
        check(file, "hooks.createRuntime", hooks.createRuntime());
        check(file, "hooks.createContainer", hooks.createContainer());
        check(file, "hooks.startContainer", hooks.startContainer());
        check(file, "hooks.poststart", hooks.poststart());
        check(file, "hooks.poststop", hooks.poststop());
    }

    private static void check(Path file, String field, List<Hooks.Hook> hooks) {
        needAll(file, field, hooks);
        for (var hook : hooks) {
            need(file, field + "[].path", hook.path());
            needAll(file, field + "[].args", hook.args());
            needAll(file, field + "[].env", hook.env());
            if (!hook.path().startsWith("/")) {
                throw new SpecException(file + ": " + field + "[].path is not an absolute path: " + hook.path());
            }
            if (hook.timeout() != null && hook.timeout() <= 0) {
                throw new SpecException(file + ": " + field + "[].timeout is not greater than 0: " + hook.timeout());
            }
        }
    }

    private static void needAll(Path file, String field, Collection<?> values) {
        values.forEach(value -> need(file, field + "[]", value));
    }

    private static void need(Path file, String field, Object value) {
        if (value == null) {
            throw new SpecException(file + ": " + field + " is missing");
        }
    }

    private static String reason(Exception e) {
        var cause = e.getCause() == null ? e : e.getCause();
        return cause.getMessage().lines().findFirst().orElse("no JSON");
    }
}
