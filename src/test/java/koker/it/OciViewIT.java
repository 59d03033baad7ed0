package koker.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a container sees of itself, in many variations of one config.json: the same under koker as under runc; and where runc does not know a
 * field yet, what the specification says.
 */
@Timeout(120)
class OciViewIT {
    private static final String PROBE = """
            section() { echo "== $1"; }
            section environment; env | sort
            section user; id; pwd; umask; grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp):' /proc/self/status
            section names; hostname; cat /proc/sys/kernel/domainname
            section limits; cat /proc/self/limits
            section score; cat /proc/self/oom_score_adj /proc/self/personality; uname -m
            section schedule; cut -d' ' -f18,19,40,41 /proc/self/stat; ionice -p $$
            section mappings; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
            section clocks; cat /proc/self/timens_offsets
            section cgroup; cat /proc/self/cgroup
            section mounts; cut -d' ' -f4- /proc/self/mountinfo | sort
            section devices; ls -lR /dev | sed 's/ [A-Z][a-z][a-z] .*[0-9][0-9]:*[0-9][0-9] / /'
            section files; ls -lRn /data | sed 's/ [A-Z][a-z][a-z] .*[0-9][0-9]:*[0-9][0-9] / /'; cat /data/file 2>/dev/null
            section folders; stat -c '%n %a %u:%g' /* | sort
            section parameters; cd /proc/sys; cat kernel/shmmax net/ipv4/ip_forward net/ipv4/ping_group_range fs/mqueue/msg_max
            section links; ip -o link | cut -d' ' -f2,3
            section descriptors; ls /proc/self/fd
            section processes; ls -d /proc/[0-9]* | wc -l | grep -q '^[1-9]$' && echo few || echo many
            section keyring; tr -s ' ' </proc/keys | grep _ses.view | cut -d' ' -f5-9 | sort -u
            section arguments; echo "$0 $*"
            """;

    private static final String MAPPED = """
            "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
            "gidMappings": [{"containerID": 0, "hostID": 200000, "size": 65536}]
            """;

    @RegisterExtension
    static final Host host = new Host();

    private Path bundle;
    private Command.Running other;

    @BeforeEach
    void makeBundle() throws IOException {
        bundle = host.work().resolve("view");
        var root = bundle.resolve("rootfs");
        for (var folder : List.of("bin", "etc", "data")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
        for (var command :
                host.command("/bin/busybox", "--list").run().succeeded().lines()) {
            if (!command.equals("busybox")) {
                Files.createSymbolicLink(root.resolve("bin").resolve(command), Path.of("busybox"));
            }
        }
        Files.writeString(
                root.resolve("etc/passwd"), "root:x:0:0:r:/root:/bin/sh\napp:x:1000:1000:a:/home/app:/bin/sh\n");
        Files.writeString(root.resolve("etc/other"), "x");
        Files.writeString(root.resolve("probe"), PROBE);
        Files.writeString(root.resolve("data/file"), "x".repeat(100_000));
        Files.createDirectories(root.resolve("data/folder/below"));
        Files.createSymbolicLink(root.resolve("data/folder/link"), Path.of("../file"));
        Files.createDirectories(root.resolve("closed/new"));
        Files.createDirectory(root.resolve("own"));
        host.command("chmod", "700", root.resolve("closed"), root.resolve("own"))
                .run()
                .succeeded();
        host.command("chown", "1000:1000", root.resolve("own")).run().succeeded();
        host.command("chown", "5:6", root.resolve("data/folder"), root.resolve("data/file"))
                .run()
                .succeeded();
        host.command("sh", "-c", "cd \"$0\" && exec runc spec", bundle).run().succeeded();
    }

    @AfterEach
    void removeBundle() throws IOException {
        if (other != null) {
            other.signal("KILL");
            other.end();
        }
        host.command(Host.KOKER, "oci", "--root", state("koker"), "delete", "--force", "view")
                .run();
        host.command("runc", "--root", state("runc"), "delete", "--force", "view")
                .run();
        try (var files = Files.walk(bundle)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static Path state(String runtime) {
        return host.work().resolve("state-" + runtime);
    }

    /** Writes the config.json of {@code runc spec}, which runs the probe, with the changes. */
    private void configure(String changes) throws IOException {
        var config = JsonParser.parseString(Files.readString(bundle.resolve("config.json")))
                .getAsJsonObject();
        merge(config, JsonParser.parseString("""
                {"process": {"terminal": false, "args": ["sh", "/probe"]}, "linux": {"cgroupsPath": "/koker-view"}}
                """).getAsJsonObject());
        if (changes.contains("OTHER")) {
            begin("--net", "--ipc", "--uts", "--pid", "--time", "--boottime", "1000000000");
        }
        if (changes.contains("OWNERS")) {
            begin("--user");
            Files.writeString(Path.of(sleeping(), "uid_map"), "0 100000 65536");
            Files.writeString(Path.of(sleeping(), "gid_map"), "0 200000 65536");
        }
        var json = "{"
                + changes.replace("MAPPED", MAPPED)
                        .replace("HOST", mounted().toString())
                        .replaceAll("OTHER|OWNERS", other == null ? "" : sleeping())
                + "}";
        merge(config, JsonParser.parseString(json).getAsJsonObject());
        Files.writeString(bundle.resolve("config.json"), config.toString());
        if (changes.contains("MAPPED") || changes.contains("OWNERS")) {
            host.command("chown", "-R", "100000:200000", bundle.resolve("rootfs"))
                    .run()
                    .succeeded();
        }
    }

    /** Starts a process that has namespaces of its own. */
    private void begin(Object... namespaces) {
        other = host.command("unshare", Command.words(namespaces), "--fork", "--kill-child", "sleep", "1000")
                .start();
    }

    /** The folder in /proc of that process. */
    private String sleeping() throws IOException {
        var children = Path.of("/proc", Long.toString(other.pid()), "task", Long.toString(other.pid()), "children");
        Poll.until("it sleeps", () -> {
            var child = Files.readString(children).strip();
            return !child.isEmpty()
                    && Files.readString(Path.of("/proc", child, "comm")).equals("sleep\n");
        });
        return "/proc/" + Files.readString(children).strip();
    }

    /** Members replace others of their name, null removes one, and those with a plus add to a list; with a minus they take elements of a type away. */
    private static void merge(JsonObject whole, JsonObject changes) {
        for (var change : changes.entrySet()) {
            var name = change.getKey();
            var value = change.getValue();
            if (name.startsWith("+")) {
                value.getAsJsonArray().forEach(element -> whole.getAsJsonArray(name.substring(1))
                        .add(element));
            } else if (name.startsWith("-")) {
                var kept = new JsonArray();
                for (var element : whole.getAsJsonArray(name.substring(1))) {
                    if (!isAmong(element.getAsJsonObject(), value)) {
                        kept.add(element);
                    }
                }
                whole.add(name.substring(1), kept);
            } else if (value.isJsonNull()) {
                whole.remove(name);
            } else if (value.isJsonObject() && whole.has(name)) {
                merge(whole.getAsJsonObject(name), value.getAsJsonObject());
            } else {
                whole.add(name, value);
            }
        }
    }

    private static boolean isAmong(JsonObject element, JsonElement names) {
        for (var name : names.getAsJsonArray()) {
            for (var member : List.of("type", "destination")) {
                if (element.has(member) && element.get(member).equals(name)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void removeEmpty(String... folders) throws IOException {
        for (var folder : folders) {
            Files.deleteIfExists(bundle.resolve("rootfs").resolve(folder));
        }
    }

    private Command.Ended koker(Object... before) {
        return host.command(
                        Command.words(before),
                        Host.KOKER,
                        "oci",
                        "--root",
                        state("koker"),
                        "run",
                        "--bundle",
                        bundle,
                        "view")
                .run();
    }

    private Command.Ended runc(Object... before) {
        return host.command(Command.words(before), "runc", "--root", state("runc"), "run", "--bundle", bundle, "view")
                .run();
    }

    private static final Pattern MASK = Pattern.compile("(?:/\\S+/dev)?/null (/\\S+) .*");

    /** What of the view is to be the same. Each exception says why. */
    private static List<String> compared(Command.Ended ended) {
        var lines = new ArrayList<String>();
        var masks = new TreeSet<String>();
        for (var line : ended.lines()) {
            // In hybrid mode runc joins the hierarchy of version 2, too; koker stays where it is as nothing is limited
            // there.
            if (line.matches("0::.*")) {
                continue;
            }
            // koker makes the link core, as the specification's example has it, even if the kernel has no /proc/kcore.
            if (line.contains(" core -> /proc/kcore")) {
                continue;
            }
            // Files are masked by the host's null device: the container's may be something else (CVE-2025-31133).
            var mask = MASK.matcher(line);
            if (mask.matches()) {
                masks.add("masked " + mask.group(1));
                continue;
            }
            lines.add(line
                    // A masked folder needs no room at all.
                    .replaceAll("( - tmpfs tmpfs ro),size=0k", "$1")
                    // koker makes the tmpfs that holds the hierarchies read-only when it is complete, as the options
                    // say.
                    .replaceAll("(/sys/fs/cgroup) r[ow],", "$1 "));
        }
        lines.addAll(masks);
        return lines;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            as it is            | ``
            user and groups     | "process": {"user": {"uid": 1000, "gid": 1000, "additionalGids": [5, 6]}}
            umask               | "process": {"user": {"uid": 0, "gid": 0, "umask": 63}}
            user without a name | "process": {"user": {"uid": 77, "gid": 88}}
            HOME is there       | "process": {"env": ["PATH=/bin", "HOME=/somewhere"]}
            environment twice   | "process": {"env": ["PATH=/bin", "A=1", "B=2", "A=3", "C="]}
            new working folder  | "root": {"readonly": false}, "process": {"cwd": "/new/folder"}
            root's folder       | "process": {"cwd": "/closed/new", "user": {"uid": 1000, "gid": 1000}}
            user's folder       | "process": {"cwd": "/own", "user": {"uid": 1000, "gid": 1000}}
            another's folder    | "process": {"cwd": "/own"}
            file for a folder   | "process": {"cwd": "/etc/passwd", "args": ["true"]}
            no capabilities     | "process": {"capabilities": null, "user": {"uid": 7, "gid": 7}}
            five sets           | "process": {"capabilities": {"bounding": ["CAP_KILL", "CAP_CHOWN"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL", "CAP_CHOWN"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}, "user": {"uid": 7, "gid": 7}}
            new privileges      | "process": {"noNewPrivileges": false}
            limits              | "process": {"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 18446744073709551615}]}
            killed first        | "process": {"oomScoreAdj": 500}
            writable root       | "root": {"readonly": false}
            host's names        | "hostname": null, "linux": {"-namespaces": ["uts"]}
            host's network      | "linux": {"-namespaces": ["network"]}
            host's IPC          | "linux": {"-namespaces": ["ipc"]}
            host's processes    | "linux": {"-namespaces": ["pid"]}
            cgroup namespace    | "linux": {"+namespaces": [{"type": "cgroup"}]}
            no cgroups shown    | "-mounts": ["/sys/fs/cgroup"]
            joined network      | "linux": {"-namespaces": ["network"], "+namespaces": [{"type": "network", "path": "OTHER/ns/net"}]}
            joined processes    | "linux": {"-namespaces": ["pid"], "+namespaces": [{"type": "pid", "path": "OTHER/ns/pid"}]}
            joined IPC and UTS  | "hostname": null, "linux": {"-namespaces": ["uts", "ipc"], "+namespaces": [{"type": "uts", "path": "OTHER/ns/uts"}, {"type": "ipc", "path": "OTHER/ns/ipc"}]}
            parameters          | "linux": {"sysctl": {"net.ipv4.ip_forward": "1", "kernel.shmmax": "123456", "net/ipv4/ping_group_range": "0 5", "fs.mqueue.msg_max": "20"}}
            masked and locked   | "linux": {"maskedPaths": ["/data", "/etc/other", "/none"], "readonlyPaths": ["/bin", "/none"]}
            locked within       | "root": {"readonly": false}, "+mounts": [{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["nosuid", "nodev", "noexec", "noatime"]}], "linux": {"readonlyPaths": ["/t", "/proc/sys"]}
            more devices        | "linux": {"devices": [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 384, "uid": 5, "gid": 6}, {"path": "/dev/x/p", "type": "p", "major": 0, "minor": 0, "fileMode": 420, "uid": 0, "gid": 0}]}
            device elsewhere    | "root": {"readonly": false}, "linux": {"devices": [{"path": "/data/fuse", "type": "c", "major": 10, "minor": 229, "uid": 5, "gid": 6}]}
            a console           | "linux": {"devices": [{"path": "/dev/console", "type": "c", "major": 5, "minor": 1, "fileMode": 384}]}
            bound device        | "+mounts": [{"destination": "/dev/random", "source": "/dev/urandom", "options": ["bind"]}, {"destination": "/dev/fuse", "source": "/dev/fuse", "options": ["bind"]}], "linux": {"devices": [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229}]}
            bound /dev          | "-mounts": ["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"], "+mounts": [{"destination": "/dev", "source": "/dev", "options": ["bind"]}]
            no /dev of its own  | "root": {"readonly": false}, "-mounts": ["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"]
            bound folder        | "root": {"readonly": false}, "+mounts": [{"destination": "/b", "type": "bind", "source": "/etc", "options": ["rbind", "ro", "nosuid", "noexec"]}]
            bound file          | "root": {"readonly": false}, "+mounts": [{"destination": "/b/f", "type": "none", "source": "/etc/hostname", "options": ["bind"]}]
            bound within        | "root": {"readonly": false}, "+mounts": [{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["size=1m", "mode=700"]}, {"destination": "/t/f", "source": "/etc/hostname", "options": ["bind", "ro"]}]
            tmpfs, read-only    | "root": {"readonly": false}, "+mounts": [{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["ro", "nosuid", "size=1m"]}]
            tmpfs over folders  | "root": {"readonly": false}, "+mounts": [{"destination": "/closed", "type": "tmpfs", "source": "t"}, {"destination": "/own", "type": "tmpfs", "source": "t", "options": ["tmpcopyup"]}, {"destination": "/data/folder", "type": "tmpfs", "source": "t", "options": ["ro"]}, {"destination": "/t/new", "type": "tmpfs", "source": "t"}]
            tmpfs with a copy   | "root": {"readonly": false}, "+mounts": [{"destination": "/data", "type": "tmpfs", "source": "t", "options": ["tmpcopyup", "mode=755"]}]
            over a link         | "root": {"readonly": false}, "+mounts": [{"destination": "/bin/../data", "type": "tmpfs", "source": "t", "options": ["noatime"]}]
            relative folder     | "root": {"readonly": false}, "+mounts": [{"destination": "data", "type": "tmpfs", "source": "t"}]
            remounted           | "+mounts": [{"destination": "/dev/shm", "type": "bind", "source": "/dev/shm", "options": ["bind", "remount", "ro", "nodev"]}]
            root is a slave     | "linux": {"rootfsPropagation": "rslave"}
            memory and more     | "linux": {"resources": {"memory": {"limit": 67108864, "swap": 67108864, "reservation": 33554432}, "pids": {"limit": 50}, "cpu": {"shares": 512, "quota": 50000, "period": 100000}}}
            no such command     | "process": {"args": ["nothing"]}
            not executable      | "process": {"args": ["/etc/passwd"]}
            keyring             | "linux": {"maskedPaths": null}
            exit status         | "process": {"args": ["sh", "-c", "exit 7"]}
            killed              | "process": {"args": ["sh", "-c", "kill -9 $$"]}, "linux": {"-namespaces": ["pid"]}
            """)
    void theViewIsThatOfRunc(String variation, String changes) throws IOException {
        configure(changes);
        var runc = runc();
        removeEmpty("t/new", "t"); // or to the other one they would be folders of the image
        var koker = koker();
        if (changes.contains("\"args\"")) {
            assertEquals(runc.errors().isEmpty(), koker.errors().isEmpty(), koker.errors() + runc.errors());
        } else {
            assertEquals(0, runc.status(), runc.errors());
            assertEquals("", koker.errors());
        }
        assertEquals(String.join("\n", compared(runc)), String.join("\n", compared(koker)));
        assertEquals(runc.status(), koker.status());
        assertTrue(koker.status() != 0 || koker.out().contains("== arguments"), koker.out());
    }

    /** Of a root who may enter no more than others: as over NFS, where it is nobody. */
    @ParameterizedTest
    @CsvSource({"/own,1000,true", "/closed,1000,true", "/own,7,false", "/own,0,false"})
    void aFolderThatRootMayNotEnterIsEnteredByItsUser(String folder, int user, boolean works) throws IOException {
        configure("\"process\": {\"cwd\": \"" + folder + "\", \"user\": {\"uid\": " + user
                + "}}, \"-mounts\": [\"/sys/fs/cgroup\"]");
        var weak = List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search");
        var runc = runc(weak);
        var koker = koker(weak);
        assertEquals(String.join("\n", compared(runc)), String.join("\n", compared(koker)));
        assertEquals(works, koker.out().contains("== arguments"), koker.errors());
        assertEquals(runc.status(), koker.status());
        if (!works) {
            var reason = "set in config.json failed: permission denied";
            assertTrue(runc.errors().contains(reason), runc.errors());
            assertTrue(koker.errors().contains(reason), koker.errors());
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            user namespace      | "linux": {"+namespaces": [{"type": "user"}], MAPPED}
            and another user    | "process": {"user": {"uid": 1000, "gid": 1000}}, "linux": {"+namespaces": [{"type": "user"}], MAPPED}
            and root's folder   | "process": {"cwd": "/closed", "user": {"uid": 1000, "gid": 1000}}, "linux": {"+namespaces": [{"type": "user"}], MAPPED}
            and a keyring       | "linux": {"+namespaces": [{"type": "user"}], "maskedPaths": null, MAPPED}
            and locked paths    | "+mounts": [{"destination": "/mnt", "type": "tmpfs", "source": "t", "options": ["nosuid", "nodev", "noexec"]}], "linux": {"+namespaces": [{"type": "user"}], "readonlyPaths": ["/mnt", "/proc/sys"], MAPPED}
            and a writable root | "root": {"readonly": false}, "linux": {"+namespaces": [{"type": "user"}, {"type": "cgroup"}], MAPPED}
            and few files       | "process": {"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 20, "hard": 64}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 18446744073709551615}]}, "linux": {"+namespaces": [{"type": "user"}], MAPPED}
            one of others       | "linux": {"+namespaces": [{"type": "user", "path": "OWNERS/ns/user"}], MAPPED}
            as Podman says it   | "linux": {"+namespaces": [{"type": "user", "path": "OWNERS/ns/user"}], "uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}
            """)
    void soItIsInAUserNamespace(String variation, String changes) throws IOException {
        configure(changes);
        var runc = runc();
        removeEmpty("mnt");
        var koker = koker();
        assertEquals("", koker.errors());
        assertEquals(inUserNamespace(runc), inUserNamespace(koker));
        assertEquals(runc.status(), koker.status());
    }

    /** Engines that write mappings beside the namespace take them from it; if they do not, something is wrong with them. */
    @Test
    void mappingsThatAreNotThoseOfAJoinedUserNamespaceAreTold() throws IOException {
        configure("\"process\": {\"args\": [\"cat\", \"/proc/self/uid_map\"]}, "
                + "\"linux\": {\"+namespaces\": [{\"type\": \"user\", \"path\": \"OWNERS/ns/user\"}], MAPPED}"
                        .replace("MAPPED", MAPPED.replace("65536", "5")));
        var ended = koker();
        assertEquals("0 100000 65536", ended.out().strip().replaceAll(" +", " "));
        assertEquals(
                "koker: linux.uidMappings, linux.gidMappings are not those of the user namespace at " + sleeping()
                        + "/ns/user, which count\n",
                ended.errors());
    }

    private static String inUserNamespace(Command.Ended ended) {
        var lines = compared(ended);
        // The kernel says by whom a file system was made only where it is not root; runc makes some of them outside.
        lines.replaceAll(line -> line.replaceAll(",[ug]id=[0-9]+", "")
                .replaceAll("( /sys ro,.* sysfs sysfs) r[ow]", "$1")
                .replaceAll("(root|65534) +(0|65534) +([0-9]+ mqueue)", "root $3"));
        return String.join("\n", lines);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '§', quoteCharacter = '`', textBlock = """
            domain name § "domainname": "example.org" § cat /proc/sys/kernel/domainname § example.org
            personality § "linux": {"personality": {"domain": "LINUX32"}} § cat /proc/self/personality § 00000008
            nice § "process": {"scheduler": {"policy": "SCHED_BATCH", "nice": 7}} § cut -d' ' -f19,41 /proc/self/stat § 7 3
            disk § "process": {"ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 0}} § ionice -p $$ § idle
            disk, in turn § "process": {"ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 3}} § ionice -p $$ § best-effort: prio 3
            reset on fork § "process": {"scheduler": {"policy": "SCHED_BATCH", "nice": -5, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}}, "linux": {"+namespaces": [{"type": "user"}], MAPPED} § exec cut -d' ' -f19,41 /proc/self/stat § -5 3
            deadline § "process": {"scheduler": {"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 10000000, "period": 10000000}}, "linux": {"+namespaces": [{"type": "user"}], MAPPED} § exec cut -d' ' -f41 /proc/self/stat § 6
            disk, mapped § "process": {"ioPriority": {"class": "IOPRIO_CLASS_RT", "priority": 3}}, "linux": {"+namespaces": [{"type": "user"}], MAPPED} § ionice -p $$ § realtime: prio 3
            alone § "process": {"rlimits": [{"type": "RLIMIT_NPROC", "soft": 1, "hard": 1}]}, "linux": {"+namespaces": [{"type": "user"}], MAPPED} § while read -r name kind soft rest; do [ $name,$kind != Max,processes ] || echo $soft; done </proc/self/limits § 1
            clock § "linux": {"+namespaces": [{"type": "time"}], "timeOffsets": {"boottime": {"secs": 1000000000, "nanosecs": 7}}} § [ $(cut -d. -f1 /proc/uptime) -gt 1000000000 ] && tail -1 /proc/self/timens_offsets | tr -s ' ' § boottime 1000000000 7
            clock of others § "linux": {"+namespaces": [{"type": "time", "path": "OTHER/ns/time"}]} § [ $(cut -d. -f1 /proc/uptime) -gt 1000000000 ] && echo ok § ok
            all read-only § "root": {"readonly": false}, "+mounts": [{"destination": "/b", "source": "/dev", "options": ["rbind", "rro"]}] § cut -d' ' -f5,6 /proc/self/mountinfo | grep '^/b' | grep -cv ' ro' § 0
            devices off § "root": {"readonly": false}, "+mounts": [{"destination": "/b", "source": "/dev", "options": ["rbind", "rnodev", "rnoatime"]}] § cut -d' ' -f5,6 /proc/self/mountinfo | grep '^/b' | grep -cv nodev,.*noatime § 0
            shared § "root": {"readonly": false}, "+mounts": [{"destination": "/b", "type": "tmpfs", "source": "b", "options": ["rshared"]}] § grep -c ' /b .* shared:' /proc/self/mountinfo § 1
            rights again § "root": {"readonly": false}, "+mounts": [{"destination": "/b", "source": "HOST", "options": ["bind", "rw", "exec"]}] § cut -d' ' -f5,6 /proc/self/mountinfo | grep '^/b' § /b rw,nosuid,nodev,relatime
            times again § "root": {"readonly": false}, "+mounts": [{"destination": "/b", "source": "HOST/times", "options": ["bind", "atime", "diratime"]}] § cut -d' ' -f5,6 /proc/self/mountinfo | grep '^/b' § /b ro,nosuid,relatime
            some of them § "root": {"readonly": false}, "+mounts": [{"destination": "/b", "source": "HOST", "options": ["bind", "ro", "exec"]}] § cut -d' ' -f5,6 /proc/self/mountinfo | grep '^/b' § /b ro,relatime
            device, all bound § "-mounts": ["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"], "root": {"readonly": false}, "+mounts": [{"destination": "/dev", "source": "/dev", "options": ["bind"]}], "linux": {"devices": [{"path": "/data/fuse", "type": "c", "major": 10, "minor": 229, "uid": 5}]} § stat -c '%t:%T %u' /data/fuse § a:e5 5
            not bindable § "root": {"readonly": false}, "+mounts": [{"destination": "/b", "type": "tmpfs", "source": "b", "options": ["unbindable"]}] § grep -c ' /b .* unbindable' /proc/self/mountinfo § 1
            root is shared § "linux": {"rootfsPropagation": "shared"} § cut -d' ' -f5,7 /proc/self/mountinfo | grep -c '^/ shared:' § 1
            unknown rights § "process": {"capabilities": {"+bounding": ["CAP_OF_TOMORROW"]}} § echo ok § ok
            """)
    void whatRuncDoesNotKnowYetIsAsSpecified(String field, String changes, String command, String expected)
            throws IOException {
        configure(changes);
        var config = JsonParser.parseString(Files.readString(bundle.resolve("config.json")))
                .getAsJsonObject();
        config.getAsJsonObject("process").add("args", Bundle.array("sh", "-c", command));
        Files.writeString(bundle.resolve("config.json"), config.toString());
        var ended = changes.contains("HOST") ? koker(onHost()) : koker();
        assertEquals(expected, ended.out().strip(), ended.errors());
    }

    /** Their descriptors go up to the numbers that koker uses for itself. */
    @Test
    void manyFoldersAreBound() throws IOException {
        var mounts = new ArrayList<String>();
        for (var i = 0; i < 120; i++) {
            mounts.add("{\"destination\": \"/mnt/%d\", \"source\": \"/etc\", \"options\": [\"bind\", \"ro\"]}"
                    .formatted(i));
        }
        configure("\"linux\": {\"+namespaces\": [{\"type\": \"user\"}], MAPPED}, \"+mounts\": " + mounts
                + ", \"process\": {\"args\": [\"grep\", \"-c\", \"/mnt/\", \"/proc/self/mountinfo\"]}");
        var ended = koker();
        assertEquals("120\n", ended.out(), ended.errors());
    }

    /** Where something is mounted on the host, as {@link #onHost} sees it. */
    private Path mounted() {
        return bundle.resolve("mounted");
    }

    /** The beginning of a command line: what follows sees a host with file systems that may little, and shares what is mounted there. */
    private List<String> onHost() throws IOException {
        Files.createDirectory(mounted());
        var script = """
                set -e
                mount -t tmpfs -o nosuid,nodev,noexec t "$0"
                mkdir "$0/times"
                mount -t tmpfs -o ro,nosuid,noatime,nodiratime t "$0/times"
                mount -o remount,bind,ro,nosuid,nodev,noexec "$0"
                mount --make-rshared "$0"
                exec "$@"
                """;
        return Command.words("unshare", "--mount", "sh", "-c", script, mounted());
    }

    @ParameterizedTest(name = "{0}, hooks: {1}")
    @CsvSource({"rslave, true", "rslave, false", "shared, true", "shared, false", "rshared, false", "slave, false"})
    void aPrivateMountIsPrivateWhateverTheRootIs(String root, boolean hooks) throws IOException {
        configure("""
                "root": {"readonly": false}, "linux": {"rootfsPropagation": "%s"}, %s
                "+mounts": [
                  {"destination": "/own", "source": "HOST", "options": ["rbind", "rprivate"]},
                  {"destination": "/closed", "source": "HOST", "options": ["rbind", "rslave"]},
                  {"destination": "/data", "type": "tmpfs", "source": "t"}]
                """.formatted(root, hooks ? "\"hooks\": {\"createRuntime\": [{\"path\": \"/bin/true\"}]}," : ""));
        var config = JsonParser.parseString(Files.readString(bundle.resolve("config.json")))
                .getAsJsonObject();
        config.getAsJsonObject("process")
                .add("args", Bundle.array("sh", "-c", "cut -d' ' -f5,7 /proc/self/mountinfo | sed 's/:[0-9]*//'"));
        Files.writeString(bundle.resolve("config.json"), config.toString());
        var ended = koker(onHost());
        assertEquals("", ended.errors());
        var lines = ended.lines();
        assertTrue(lines.containsAll(List.of("/own -", "/own/times -")), ended.out());
        assertTrue(lines.contains("/closed master"), ended.out());
        assertTrue(lines.contains("/data " + (root.equals("rshared") ? "shared" : "-")), ended.out());
        assertTrue(lines.contains("/ " + (root.endsWith("shared") ? "shared" : "-")), ended.out());
    }

    @ParameterizedTest
    @CsvSource({"/etc/other, c, 10, 229", "/dev/null, c, 1, 5", "/dev/null, b, 1, 3", "/etc, p, 0, 0"})
    void anotherFileIsNotTakenForADevice(String path, String type, int major, int minor) throws IOException {
        configure("""
                "root": {"readonly": false}, "-mounts": ["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"], "+mounts": [
                  {"destination": "/dev", "type": "devtmpfs", "source": "devtmpfs"}],
                "linux": {"devices": [{"path": "%s", "type": "%s", "major": %d, "minor": %d}]}
                """.formatted(path, type, major, minor));
        var ended = koker();
        assertTrue(ended.errors().contains("(EEXIST); the image has something else at " + path), ended.errors());
        assertEquals(1, ended.status());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            proc     | /proc
            sysfs    | /sys
            """)
    void whereTheKernelIsWrittenToMayBeNoLink(String type, String folder) throws IOException {
        configure("\"root\": {\"readonly\": false}");
        Files.createSymbolicLink(bundle.resolve("rootfs" + folder), Path.of("data"));
        var ended = koker();
        assertTrue(ended.errors().contains("ELOOP"), ended.errors());
        assertFalse(Files.exists(bundle.resolve("rootfs/data/self")));
    }
}
