package koker.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A bundle as engines make them, for the OCI runtime to practise with. */
final class TrainingBundle {
    private static final String CONFIG = """
            {
              "ociVersion": "1.2.0",
              "process": {
                "terminal": false,
                "user": {"uid": 0, "gid": 0, "additionalGids": [10]},
                "args": ["true"],
                "env": ["PATH=/bin", "TERM=xterm"],
                "cwd": "/",
                "capabilities": {
                  "bounding": ["CAP_KILL", "CAP_CHOWN"],
                  "effective": ["CAP_KILL", "CAP_CHOWN"],
                  "permitted": ["CAP_KILL", "CAP_CHOWN"]
                },
                "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
                "noNewPrivileges": true,
                "oomScoreAdj": 0
              },
              "root": {"path": "rootfs", "readonly": true},
              "hostname": "trained",
              "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                 "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
                {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
                 "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
                {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
                 "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
                {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
                 "options": ["nosuid", "noexec", "nodev"]},
                {"destination": "/sys", "type": "sysfs", "source": "sysfs",
                 "options": ["nosuid", "noexec", "nodev", "ro"]},
                {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
                 "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]},
                {"destination": "/etc/hosts", "type": "bind", "source": "rootfs/hosts", "options": ["rbind", "ro"]}
              ],
              "annotations": {"trained": "true"},
              "hooks": {"prestart": [{"path": "/bin/true", "args": ["true"]}]},
              "linux": {
                "sysctl": {"net.ipv4.ip_unprivileged_port_start": "0"},
                "resources": {
                  "devices": [
                    {"allow": false, "access": "rwm"},
                    {"allow": true, "type": "c", "access": "m"},
                    {"allow": true, "type": "c", "major": 1, "access": "rwm"},
                    {"allow": true, "type": "c", "major": 5, "access": "rwm"},
                    {"allow": true, "type": "c", "major": 136, "access": "rwm"}
                  ],
                  "memory": {"limit": 67108864},
                  "cpu": {"shares": 512}
                },
                "namespaces": [
                  {"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, NAMESPACE
                ],
                "seccomp": {
                  "defaultAction": "SCMP_ACT_ERRNO",
                  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
                  "syscalls": [
                    {"names": ["CALLS"], "action": "SCMP_ACT_ALLOW"},
                    {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
                    {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}
                  ]
                },
                "maskedPaths": ["/proc/kcore", "/sys/firmware"],
                "readonlyPaths": ["/proc/bus", "/proc/sys"]
              }
            }
            """;

    private static final String PROCESS = """
            {"user": {"uid": 0, "gid": 0}, "args": ["true"], "env": ["PATH=/bin"], "cwd": "/",
             "capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]}}
            """;

    /** What the container's command needs, and enough more for the filter to be a tree. */
    private static final List<String> CALLS = List.of(
            "access",
            "arch_prctl",
            "brk",
            "capget",
            "capset",
            "chdir",
            "close",
            "dup",
            "execve",
            "exit",
            "exit_group",
            "fchdir",
            "fcntl",
            "fstat",
            "futex",
            "getcwd",
            "getdents64",
            "getegid",
            "geteuid",
            "getgid",
            "getpid",
            "getrandom",
            "getuid",
            "ioctl",
            "lseek",
            "mmap",
            "mprotect",
            "munmap",
            "newfstatat",
            "open",
            "openat",
            "prctl",
            "prlimit64",
            "read",
            "readlink",
            "rseq",
            "rt_sigaction",
            "rt_sigprocmask",
            "rt_sigreturn",
            "sched_yield",
            "set_robust_list",
            "set_tid_address",
            "setgid",
            "setgroups",
            "setuid",
            "stat",
            "uname",
            "write");

    private TrainingBundle() {}

    /**
     * Writes it to {@code folder}, with {@code busybox} in its root; and beside it, as {@code folder}-apart, a config.json with another user, a
     * cgroup namespace and a folder for recordings, for the same root.
     */
    static void write(Path folder, Path busybox) throws IOException {
        for (var inside : new String[] {"bin", "etc", "proc", "sys", "dev"}) {
            Files.createDirectories(folder.resolve("rootfs").resolve(inside));
        }
        Files.copy(busybox, folder.resolve("rootfs/bin/busybox"));
        Files.createSymbolicLink(folder.resolve("rootfs/bin/true"), Path.of("busybox"));
        Files.writeString(folder.resolve("rootfs/hosts"), "127.0.0.1 localhost\n");
        var mount = "{\"type\": \"mount\"}";
        var config = CONFIG.replace("CALLS", String.join("\", \"", CALLS));
        Files.writeString(folder.resolve("config.json"), config.replace("NAMESPACE", mount));
        Files.writeString(folder.resolve("process.json"), PROCESS);
        var apart = Files.createDirectories(folder.resolveSibling(folder.getFileName() + "-apart"));
        var root = folder.resolve("rootfs").toString();
        var traces = Files.createDirectory(
                apart.resolve("traces"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(
                apart.resolve("config.json"),
                config.replace("NAMESPACE", mount + ", {\"type\": \"cgroup\"}")
                        .replace("\"uid\": 0", "\"uid\": 1")
                        .replace("\"trained\": \"true\"", "\"koker.trace\": \"" + traces + '"')
                        .replace("\"rootfs\"", '"' + root + '"')
                        .replace("\"rootfs/hosts\"", '"' + root + "/hosts\""));
    }
}
