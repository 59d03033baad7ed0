package koker.engine;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import koker.kernel.Architecture;
import koker.spec.JsonRecords;
import koker.spec.Seccomp;

/**
 * A profile for {@code --security-opt seccomp=}, as Docker and Podman have them: what config.json has, in which rules may be for certain
 * machines and containers alone.
 *
 * @param archMap architectures, and those whose programs they run, too
 */
record SeccompProfile(
        String defaultAction,
        Integer defaultErrnoRet,
        List<String> architectures,
        List<Family> archMap,
        List<String> flags,
        String listenerPath,
        String listenerMetadata,
        List<Rule> syscalls) {
    /** An architecture with those of programs that its processors run, too. */
    record Family(String architecture, List<String> subArchitectures) {}

    /** A rule; {@code name} is the older way to name one call alone. */
    record Rule(
            List<String> names,
            String name,
            String action,
            Integer errnoRet,
            List<Seccomp.Condition> args,
            Circumstances includes,
            Circumstances excludes) {}

    /** What a rule is made to depend on; null where nothing is said. */
    record Circumstances(List<String> caps, List<String> arches, String minKernel) {
        boolean allHold(Set<String> capabilities) {
            return (caps == null || capabilities.containsAll(caps))
                    && (arches == null || arches.isEmpty() || arches.contains(machine()))
                    && (minKernel == null
                            || minKernel.isEmpty()
                            || atLeast(System.getProperty("os.version"), minKernel));
        }

        boolean oneHolds(Set<String> capabilities) {
            return caps != null && caps.stream().anyMatch(capabilities::contains)
                    || arches != null && arches.contains(machine())
                    || minKernel != null
                            && !minKernel.isEmpty()
                            && atLeast(System.getProperty("os.version"), minKernel);
        }
    }

    /**
     * What the profile in {@code file} means on this machine for a container with {@code capabilities}.
     *
     * @throws EngineException if it cannot be read, or is no profile
     */
    static Seccomp read(Path file, Set<String> capabilities) {
        var problem = "--security-opt seccomp=" + file + ": ";
        try {
            var profile = JsonRecords.read(Files.readString(file), SeccompProfile.class);
            if (profile == null || profile.defaultAction == null) {
                throw new EngineException(problem + "no profile: defaultAction is missing");
            }
            if (profile.listenerPath != null && !profile.listenerPath.isEmpty()) {
                throw new EngineException(
                        problem + "a listener (listenerPath) is only for koker oci; name another profile");
            }
            return profile.meant(problem, capabilities);
        } catch (JsonParseException | NumberFormatException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw new EngineException(problem + "no profile: "
                    + String.valueOf(cause.getMessage()).lines().findFirst().orElse("no JSON"));
        } catch (IOException e) {
            throw new EngineException(problem + "cannot be read: "
                    + (Files.exists(file) ? e.getMessage() : "no such file; to have no filter: seccomp=unconfined"));
        }
    }

    private Seccomp meant(String problem, Set<String> capabilities) {
        var all = new ArrayList<String>(architectures == null ? List.of() : architectures);
        var own = Architecture.current() == Architecture.X86_64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64";
        for (var family : archMap == null ? List.<Family>of() : archMap) {
            if (own.equals(family.architecture)) {
                all.add(own);
                all.addAll(family.subArchitectures == null ? List.of() : family.subArchitectures);
            }
        }
        var rules = new ArrayList<Seccomp.Rule>();
        for (var rule : syscalls == null ? List.<Rule>of() : syscalls) {
            var names = new ArrayList<String>(rule.names == null ? List.of() : rule.names);
            if (rule.name != null) {
                names.add(rule.name);
            }
            if (rule.action == null || names.isEmpty()) {
                throw new EngineException(problem + "no profile: a rule of syscalls has no action, or no names");
            }
            if ((rule.includes == null || rule.includes.allHold(capabilities))
                    && (rule.excludes == null || !rule.excludes.oneHolds(capabilities))) {
                rules.add(new Seccomp.Rule(names, rule.action, rule.errnoRet, rule.args));
            }
        }
        return new Seccomp(defaultAction, defaultErrnoRet, all, flags, null, null, rules);
    }

    private static String machine() {
        return Architecture.current() == Architecture.X86_64 ? "amd64" : "arm64";
    }

    /** Whether a version such as 6.1.0-37-amd64 is {@code least} or a later one. */
    private static boolean atLeast(String version, String least) {
        var own = version.toLowerCase(Locale.ROOT).split("[^0-9]");
        var wanted = least.split("\\.");
        for (var i = 0; i < wanted.length; i++) {
            var difference = Integer.compare(
                    i < own.length && !own[i].isEmpty() ? Integer.parseInt(own[i]) : 0, Integer.parseInt(wanted[i]));
            if (difference != 0) {
                return difference > 0;
            }
        }
        return true;
    }
}
