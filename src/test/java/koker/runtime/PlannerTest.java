package koker.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import koker.cgroup.Cgroups;
import koker.kernel.Capability;
import koker.kernel.CloneFlag;
import koker.kernel.MountAttribute;
import koker.kernel.MountFlag;
import koker.kernel.Resource;
import koker.plan.HostStep;
import koker.plan.MountStep;
import koker.plan.ProcessStep;
import koker.plan.Step;
import koker.spec.SpecException;
import koker.spec.SpecFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From config.json to the steps, in their order. */
class PlannerTest {
    private static final String SPEC = """
            {"ociVersion": "1.2.0", "root": {"path": "rootfs"},
             "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["/bin/true"]},
             "mounts": [],
             "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}]}}
            """;

    private static final List<String> CGROUPS = List.of("37 30 0:32 / /cg/pids rw - cgroup cgroup rw,pids");

    @TempDir
    Path bundle;

    /** The steps for the spec in which {@code changes}, from one text to the next, are made. */
    private List<Step> plan(String... changes) {
        return planOn(CGROUPS.getFirst(), changes);
    }

    private List<Step> planOn(String mountOfCgroups, String... changes) {
        var json = SPEC;
        for (var i = 0; i < changes.length; i += 2) {
            assertTrue(json.contains(changes[i]), changes[i]);
            json = json.replace(changes[i], changes[i + 1]);
        }
        try {
            Files.writeString(bundle.resolve("config.json"), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var cgroups = Cgroups.of(List.of(mountOfCgroups));
        return new Planner(SpecFile.read(bundle), bundle, cgroups).plan().steps();
    }

    private static List<String> names(List<Step> steps) {
        return steps.stream().map(Step::name).toList();
    }

    private static List<String> withoutRepetition(List<String> names) {
        var all = new ArrayList<String>();
        for (var name : names) {
            if (all.isEmpty() || !all.getLast().equals(name)) {
                all.add(name);
            }
        }
        return all;
    }

    private static <T> List<T> only(Class<T> kind, List<Step> steps) {
        return steps.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Test
    void theLeastContainerTakesTheseSteps() {
        assertEquals(
                List.of(
                        "clone",
                        "die-with-koker",
                        "new-session",
                        "isolate-mounts",
                        "hide-program",
                        "mount",
                        "enter-root",
                        "set-umask",
                        "make-folder",
                        "make-device",
                        "make-link",
                        "set-umask",
                        "make-folder",
                        "change-folder",
                        "drop-bounding",
                        "set-user",
                        "set-capabilities",
                        "check-folder",
                        "meet",
                        "exec"),
                withoutRepetition(names(plan())));
    }

    @Test
    void aWholeContainerTakesTheseStepsInThisOrder() {
        var steps = plan(
                "\"cwd\": \"/\"",
                """
                "cwd": "/w", "terminal": true, "consoleSize": {"height": 1, "width": 2}, "noNewPrivileges": true,
                "oomScoreAdj": 5, "rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 2}],
                "capabilities": {"bounding": ["CAP_KILL"]}
                """,
                "\"uid\": 0",
                "\"uid\": 7, \"umask\": 63",
                "\"path\": \"rootfs\"",
                "\"path\": \"rootfs\", \"readonly\": true",
                "\"mounts\": []",
                """
                "hostname": "h", "domainname": "d",
                "mounts": [
                  {"destination": "/", "type": "overlay", "source": "overlay", "options": ["nodev", "lowerdir=/l"]},
                  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
                  {"destination": "/etc/hosts", "type": "bind", "source": "config.json", "options": ["bind"]},
                  {"destination": "/data", "source": "/", "options": ["rbind", "ro"]}]
                """,
                "{\"type\": \"pid\"}]",
                """
                {"type": "network"}, {"type": "uts"}, {"type": "ipc"}, {"type": "cgroup"}], "cgroupsPath": "/x",
                "resources": {"pids": {"limit": 9}}, "sysctl": {"kernel.shmmax": "1"},
                "maskedPaths": ["/m"], "readonlyPaths": ["/r"]
                """);
        var names = names(steps);
        assertEquals(
                List.of(
                        "make-cgroup",
                        "write-cgroup",
                        "clone",
                        "die-with-koker",
                        "join-cgroup",
                        "hide-cgroups",
                        "new-session",
                        "isolate-mounts",
                        "adjust-oom-score",
                        "hide-program",
                        "set-sysctl",
                        "mount",
                        "take-along",
                        "take-along",
                        "hold-null",
                        "enter-root",
                        "set-umask",
                        "mount-tmpfs",
                        "make-file",
                        "attach",
                        "make-folder",
                        "attach"),
                names.subList(0, 22));
        assertEquals(
                List.of(
                        "open-terminal",
                        "size-terminal",
                        "meet",
                        "set-hostname",
                        "set-domainname",
                        "link-up",
                        "make-read-only",
                        "mask",
                        "set-limit",
                        "set-umask",
                        "make-folder",
                        "make-root-read-only",
                        "change-folder",
                        "drop-bounding",
                        "set-user",
                        "set-capabilities",
                        "die-with-koker",
                        "no-new-privileges",
                        "change-folder-as-user",
                        "check-folder",
                        "meet",
                        "exec"),
                names.subList(names.indexOf("open-terminal"), names.size()));
        assertEquals(Set.of("make-device", "make-link"), Set.copyOf(names.subList(22, names.indexOf("open-terminal"))));
        assertTrue(steps.contains(new HostStep.Clone(EnumSet.of(
                CloneFlag.CLONE_NEWNS, CloneFlag.CLONE_NEWUTS, CloneFlag.CLONE_NEWIPC, CloneFlag.CLONE_NEWNET))));
        assertTrue(steps.contains(new MountStep.Mount(
                "overlay",
                "overlay",
                bundle.resolve("rootfs").toString(),
                EnumSet.of(MountFlag.MS_NODEV),
                "lowerdir=/l")));
        assertTrue(steps.contains(new MountStep.TakeAlong("/", "/data", true)));
        assertTrue(steps.contains(new MountStep.Attach("/", "/data", EnumSet.of(MountFlag.MS_RDONLY))));
        assertTrue(steps.contains(new ProcessStep.SetLimit(Resource.RLIMIT_CORE, 1, 2)));
        assertTrue(steps.contains(new ProcessStep.SetUmask(077)));
        assertTrue(steps.contains(new MountStep.MakeFolder("", "/w")));
    }

    @Test
    void inVersion2TheProcessIsBornInItsCgroup() {
        var steps = planOn(
                "41 30 0:36 / /cg rw - cgroup2 cgroup2 rw", "\"linux\": {", "\"linux\": {\"cgroupsPath\": \"/x\", ");
        var names = names(steps);
        assertEquals(List.of("make-cgroup", "filter-devices", "open-cgroup", "clone"), names.subList(0, 4));
        assertTrue(((HostStep.Clone) steps.get(3)).intoCgroup());
        assertFalse(names.contains("join-cgroup"));
    }

    /** What is written to devices.deny (-) and devices.allow (+) for rules. */
    private List<String> devices(String rules) {
        var steps = planOn(
                "41 30 0:36 / /cg rw - cgroup cgroup rw,devices",
                "\"linux\": {",
                "\"linux\": {\"cgroupsPath\": \"/x\", \"resources\": {\"devices\": [" + rules + "]}, ");
        return only(HostStep.RestrictDevices.class, steps).getFirst().rules().stream()
                .map(rule -> (rule.allow() ? "+" : "-") + rule.devices())
                .toList();
    }

    @Test
    void devicesAreDeniedButForThoseThatEachContainerHas() {
        var always = List.of(
                "+c *:* m",
                "+b *:* m",
                "+c 1:3 rwm",
                "+c 1:5 rwm",
                "+c 1:7 rwm",
                "+c 1:8 rwm",
                "+c 1:9 rwm",
                "+c 5:0 rwm",
                "+c 5:2 rwm",
                "+c 10:200 rwm",
                "+c 136:* rwm");
        assertEquals(always, devices("").subList(1, 12));
        assertEquals("-a", devices("").getFirst());
        var denied = "{\"allow\": false, \"access\": \"rwm\"}";
        assertEquals(devices(""), devices(denied));
        var null_ = "{\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": 3, \"access\": \"rwm\"}";
        assertEquals(12, devices(denied + "," + null_).size(), "it need not be said twice");
        assertEquals("+c 1:3 rwm", devices(null_).get(1));
        var noNull = null_.replace("true", "false");
        assertEquals(
                always, devices(denied + "," + null_ + "," + noNull).subList(3, 14), "those hold whatever is denied");
        var all = "{\"allow\": true, \"access\": \"rwm\"}";
        assertEquals(List.of("+a"), devices(all));
        assertEquals(List.of("+a", "-c 1:3 rwm", "+c 1:3 m", "+c 1:3 rw"), devices(all + "," + noNull));
    }

    @Test
    void whatTheHostSharesIsNotCloned() {
        var steps = plan();
        assertTrue(steps.contains(new HostStep.Clone(EnumSet.of(CloneFlag.CLONE_NEWNS, CloneFlag.CLONE_NEWPID))));
        assertFalse(names(steps).contains("link-up"), "the host's network is left alone");
    }

    @Test
    void privilegesGoAfterAllThatNeedsThem() {
        var names = names(plan("\"cwd\": \"/\"", "\"cwd\": \"/\", \"capabilities\": {}"));
        assertEquals(
                List.of("drop-bounding", "set-user", "set-capabilities", "check-folder", "meet", "exec"),
                names.subList(names.size() - 6, names.size()));
    }

    @Test
    void aCommandWithoutASlashIsLookedUpInPath() {
        assertEquals(
                List.of("/a/c", "./c", "/b/c"),
                only(ProcessStep.Exec.class, plan("\"/bin/true\"]", "\"c\"], \"env\": [\"PATH=/x\", \"PATH=/a::/b\"]"))
                        .getFirst()
                        .paths());
        assertEquals(
                "/usr/local/sbin/c",
                only(ProcessStep.Exec.class, plan("/bin/true", "c"))
                        .getFirst()
                        .paths()
                        .getFirst());
        assertEquals(
                List.of("./c"),
                only(ProcessStep.Exec.class, plan("/bin/true", "./c"))
                        .getFirst()
                        .paths());
    }

    /** Of two that are the same the kernel's answer would count as the last one's. */
    @Test
    void aFolderThatIsInThePathAgainIsNotLookedIntoAgain() {
        assertEquals(
                List.of("/a/c", "/b/c", "./c"),
                only(ProcessStep.Exec.class, plan("\"/bin/true\"]", "\"c\"], \"env\": [\"PATH=/a:/b:/a:\"]"))
                        .getFirst()
                        .paths());
    }

    @ParameterizedTest
    @CsvSource({"true, init", "false, exec"})
    void anAnnotationAsksForAnInit(String asked, String step) {
        assertEquals(
                step,
                names(plan("\"mounts\": []", "\"annotations\": {\"koker.init\": \"" + asked + "\"}"))
                        .getLast());
    }

    @Test
    void nothingIsMadeTwiceBelowAMount() {
        var folders = only(MountStep.MakeFolder.class, plan("\"mounts\": []", """
                "mounts": [{"destination": "/a/b", "type": "proc"}, {"destination": "/a/b/c/d", "type": "proc"},
                           {"destination": "/a/bc", "type": "proc"}]
                """));
        assertEquals(
                List.of(
                        new MountStep.MakeFolder("", "/a/b"),
                        new MountStep.MakeFolder("/a/b", "/a/b/c/d"),
                        new MountStep.MakeFolder("", "/a/bc")),
                folders.subList(0, 3));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"type": "pid"} | {"type": "user"}                         | user
            {"type": "pid"} | {"type": "times"}                        | times
            {"type": "pid"} | {}                                       | namespace
            {"type": "mount"} | {"type": "mount", "path": "/proc/1/ns/mnt"} | /proc/1/ns/mnt
            {"type": "pid"}] | {"type": "pid"}], "sysctl": {"kernel.shmmax": "1"} | ipc namespace
            {"type": "pid"}] | {"type": "pid"}], "sysctl": {"net.ipv4.ip_forward": "1"} | network namespace
            {"type": "pid"}] | {"type": "network", "path": "/proc/self/ns/net"}], "sysctl": {"net.ipv4.ip_forward": "1"} | host
            {"type": "pid"}] | {"type": "ipc"}], "sysctl": {"kernel.panic": "1"} | kernel.panic
            {"type": "pid"}] | {"type": "network"}], "sysctl": {"net/../kernel/panic": "1"} | net/../kernel/panic
            {"type": "pid"}] | {"type": "uts"}], "sysctl": {"kernel.hostname": "1"} | hostname
            {"type": "mount"}, | ``                                    | mount namespace
            {"type": "mount"}, | {"type": "mount", "path": "/x"},      | its root would change
            "cwd": "/"      | "cwd": "/", "rlimits": [{"type": "RLIMIT_X", "soft": 1, "hard": 1}] | RLIMIT_X
            "mounts": []    | "mounts": [{"destination": "/x", "type": "bind"}] | source
            "mounts": []    | "mounts": [{"destination": "/x", "type": "tmpfs", "options": ["idmap"], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}] | idmap
            "mounts": []    | "mounts": [{"destination": "/x", "type": "bind", "source": "/y"}, {"destination": "/x", "type": "bind", "source": "/y"}] | twice
            "mounts": []    | "mounts": [{"destination": "/x", "source": "/y", "options": ["bind"]}, {"destination": "/x", "type": "none", "source": "/y", "options": ["rbind"]}] | twice
            "mounts": []    | "mounts": [{"destination": "/", "source": "/x"}] | type
            "mounts": []    | "mounts": [{"destination": "/", "type": "bind", "source": "/x", "options": ["rbind"]}] | over the root
            "mounts": []    | "mounts": [{"destination": "/a", "type": "tmpfs"}, {"destination": "/b/..", "type": "tmpfs", "source": "t"}] | over the root
            "mounts": []    | "mounts": [{"destination": "/", "type": "tmpfs", "source": "t", "options": ["remount"]}] | over the root
            "mounts": []    | "mounts": [{"destination": "/", "type": "tmpfs", "source": "t"}, {"destination": "/a", "type": "tmpfs", "options": ["tmpcopyup"]}] | tmpcopyup
            "mounts": []    | "mounts": [{"destination": "/x", "source": "/y", "options": ["rbind", "noexce", "mode=700"]}] | noexce,mode=700
            "mounts": []    | "mounts": [{"destination": "/x", "type": "none", "source": "/y", "options": ["remount", "bind", "nosiud"]}] | nosiud
            "mounts": []    | "mounts": [{"destination": "/x", "type": "cgroup", "options": ["nosiud"]}] | nosiud
            "mounts": []    | "mounts": [{"destination": "/x", "type": "proc", "options": ["tmpcopyup"]}] | tmpcopyup
            {"type": "pid"}] | {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "devices": [{"path": "/etc/passwd", "type": "c", "major": 1, "minor": 3}] | /etc/passwd
            {"type": "pid"}] | {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "devices": [{"path": "/dev/null", "type": "c", "major": 1, "minor": 5}] | /dev/null
            {"type": "pid"}] | {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "devices": [{"path": "/dev/nowhere", "type": "b", "major": 1, "minor": 5}] | /dev/nowhere
            """)
    void whatKokerCannotDoIsRefusedByName(String from, String to, String named) {
        var e = assertThrows(SpecException.class, () -> plan(from, to));
        assertTrue(e.getMessage().contains(named), e.getMessage());
        assertFalse(e.getMessage().contains("\n"));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
            ro,nosuid,nodev      | MS_RDONLY MS_NOSUID MS_NODEV | ``            | false | false
            ro,rw                | ``                           | ``            | false | false
            rw,ro                | MS_RDONLY                    | ``            | false | false
            bind                 | ``                           | ``            | true  | false
            rbind,ro             | MS_RDONLY                    | ``            | true  | true
            size=1m,noexec,mode=1| MS_NOEXEC                    | size=1m,mode=1| false | false
            defaults,rprivate    | ``                           | ``            | false | false
            noatime,atime,relatime | MS_RELATIME                | ``            | false | false
            remount,iversion,x   | MS_I_VERSION                 | x             | false | false
            acl,noacl            | ``                           | acl,noacl     | false | false
            rbind,nocopy         | ``                           | ``            | true  | true
            """)
    void mountOptionsAreTakenApart(String options, String flags, String data, boolean bind, boolean recursive) {
        var set = EnumSet.noneOf(MountFlag.class);
        Stream.of(flags.split(" "))
                .filter(flag -> !flag.isEmpty())
                .map(MountFlag::valueOf)
                .forEach(set::add);
        var parsed = MountOptions.parse(List.of(options.split(",")));
        assertEquals(set, parsed.flags());
        assertEquals(data, parsed.data());
        assertEquals(bind, parsed.bind());
        assertEquals(recursive, parsed.recursive());
        assertEquals(options.contains("remount"), parsed.remount());
    }

    @Test
    void optionsForMountsBelowAndForPropagationAreTakenApart() {
        var parsed = MountOptions.parse(
                List.of("rbind", "rro", "rnosuid", "rsuid", "rnoatime", "rshared", "slave", "tmpcopyup"));
        assertEquals(EnumSet.of(MountAttribute.MOUNT_ATTR_RDONLY, MountAttribute.MOUNT_ATTR_NOATIME), parsed.set());
        assertEquals(EnumSet.of(MountAttribute.MOUNT_ATTR_NOSUID), parsed.unset());
        assertEquals(
                List.of(EnumSet.of(MountFlag.MS_REC, MountFlag.MS_SHARED), EnumSet.of(MountFlag.MS_SLAVE)),
                parsed.propagation());
        assertTrue(parsed.copyUp() && parsed.sharesWithHost());
        assertEquals(
                EnumSet.of(MountAttribute.MOUNT_ATTR_NOSUID, MountAttribute.MOUNT_ATTR__ATIME),
                MountOptions.clearing(parsed.set(), parsed.unset()));
    }

    @Test
    void aUserNamespaceIsEnteredWhenAllThatTakesRightsOutsideIsDone() {
        var names = names(plan("\"mounts\": []", """
                        "mounts": [{"destination": "/x", "source": "/", "options": ["bind", "ro"]}]
                        """, "{\"type\": \"pid\"}]", """
                        {"type": "pid"}, {"type": "user"}, {"type": "network", "path": "/n"}],
                        "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
                        "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}]
                        """));
        assertEquals(
                List.of(
                        "clone",
                        "die-with-koker",
                        "join-namespace",
                        "isolate-mounts",
                        "take-along",
                        "unshare-users",
                        "meet",
                        "map-users",
                        "become-root",
                        "unshare-namespaces",
                        "enter-pid-namespace",
                        "die-with-koker",
                        "new-session",
                        "hide-program",
                        "mount",
                        "enter-root",
                        "set-umask",
                        "make-folder",
                        "attach",
                        "change-mount"),
                withoutRepetition(names).subList(0, 20));
        assertEquals("leave", names.getLast());
        assertFalse(names.contains("make-device"), "nobody can make a device there");
    }

    @Test
    void capabilitiesThatCannotBeGivenAreWarnedAbout() throws IOException {
        Files.writeString(bundle.resolve("config.json"), SPEC.replace("\"cwd\": \"/\"", """
                "cwd": "/", "capabilities": {"bounding": ["CAP_ALL"], "permitted": ["CAP_KILL"],
                  "effective": ["CAP_KILL", "CAP_CHOWN"], "ambient": ["CAP_KILL"], "inheritable": ["CAP_CHOWN"]}
                """));
        var cgroups = Cgroups.of(CGROUPS);
        var planner = new Planner(SpecFile.read(bundle), bundle, cgroups);
        var steps = planner.plan().steps();
        var sets = only(ProcessStep.SetCapabilities.class, steps).getFirst();
        assertEquals(EnumSet.of(Capability.CAP_KILL), sets.effective());
        assertEquals(EnumSet.noneOf(Capability.class), sets.ambient());
        assertEquals(
                List.of(
                        "capabilities are left out that do not exist: CAP_ALL",
                        "process.capabilities.effective: CAP_CHOWN is not in the sets that it would come from; it is left out",
                        "process.capabilities.ambient: what is not inheritable is left out: CAP_KILL"),
                planner.warnings());
    }

    /** As buildah and {@code runc spec} do, whose containers are not to begin with a warning each. */
    @Test
    void ambientCapabilitiesWithoutInheritableOnesAreLeftOutInSilence() throws IOException {
        Files.writeString(bundle.resolve("config.json"), SPEC.replace("\"cwd\": \"/\"", """
                "cwd": "/", "capabilities": {"permitted": ["CAP_KILL"], "ambient": ["CAP_KILL"]}
                """));
        var planner = new Planner(SpecFile.read(bundle), bundle, Cgroups.of(CGROUPS));
        var sets =
                only(ProcessStep.SetCapabilities.class, planner.plan().steps()).getFirst();
        assertEquals(EnumSet.noneOf(Capability.class), sets.ambient());
        assertEquals(List.of(), planner.warnings());
    }

    /** Nobody can make devices or mount the host's cgroups there; and a new proc and sysfs only as long as the host's are seen. */
    @Test
    void rootOfAUserNamespaceBindsWhatItCannotMake() throws IOException {
        Files.writeString(bundle.resolve("config.json"), SPEC.replace("\"mounts\": []", """
                "mounts": [{"destination": "/proc", "type": "proc"},
                           {"destination": "/sys/fs/cgroup", "type": "cgroup"}]
                """));
        var cgroups = Cgroups.of(List.of("41 30 0:36 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw"));
        var planner = new Planner(SpecFile.read(bundle), bundle, cgroups).madeBy(Caller.ROOT_INSIDE);
        var steps = planner.plan().steps();
        var names = names(steps);
        assertFalse(names.contains("make-device"), names::toString);
        assertFalse(names.contains("unshare-users"), names::toString);
        assertTrue(names.indexOf("prepare-mount") < names.indexOf("enter-root"), names::toString);
        assertTrue(steps.contains(new MountStep.TakeAlong("/dev/null", "/dev/null", false)), names::toString);
        assertTrue(steps.contains(new MountStep.TakeAlong("/sys/fs/cgroup", "/sys/fs/cgroup", true)), names::toString);
        assertEquals(List.of(), planner.resources().devices(), "nobody can restrict them there");
    }

    @Test
    void whereMountsGoIsCleaned() {
        var mounts = only(MountStep.Mount.class, plan("\"mounts\": []", """
                "mounts": [{"destination": "a/../b//c/.", "type": "mqueue"}, {"destination": "/../../d", "type": "mqueue"}]
                """));
        assertEquals(
                List.of("/b/c", "/d"),
                mounts.stream().skip(1).map(MountStep.Mount::target).toList());
    }

    @Test
    void aTmpfsIsLikeTheFolderThatItHidesUnlessSomethingIsSaidOfThat() {
        var steps = plan("\"mounts\": []", """
                "mounts": [{"destination": "/a", "type": "tmpfs", "options": ["ro"]},
                           {"destination": "/a/b", "type": "tmpfs", "options": ["size=1m", "mode=700"]}]
                """);
        assertEquals(
                List.of(new MountStep.MountTmpfs("", "", "/a", Set.of(), "")), only(MountStep.MountTmpfs.class, steps));
        assertTrue(steps.contains(new MountStep.Mount("tmpfs", "", "/a/b", Set.of(), "size=1m,mode=700")));
        assertTrue(steps.contains(new MountStep.Mount(
                "", "", "/a", EnumSet.of(MountFlag.MS_REMOUNT, MountFlag.MS_BIND, MountFlag.MS_RDONLY), "")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``     | -
            shared | /a /b /
            rshared | /a /b / /a /b
            rslave | /a /b
            """)
    void whatMountsSayOfPropagationCountsMoreThanWhatTheRootDoes(String root, String targets) {
        var steps = plan(
                "\"mounts\": []",
                """
                "mounts": [{"destination": "/a", "type": "tmpfs", "options": ["rprivate"]},
                           {"destination": "/b", "source": "/", "options": ["bind", "private"]}]
                """,
                "\"linux\": {",
                root.isEmpty() ? "\"linux\": {" : "\"linux\": {\"rootfsPropagation\": \"" + root + "\", ");
        assertEquals(
                targets.replace("-", ""),
                String.join(
                        " ",
                        only(MountStep.Propagate.class, steps).stream()
                                .map(MountStep.Propagate::target)
                                .toList()));
    }

    @Test
    void aDeviceInAFolderThatHasNotBeenEmptyMayBeThere() {
        var steps = plan("\"mounts\": []", """
                "mounts": [{"destination": "/dev", "type": "tmpfs", "options": ["mode=755"]},
                           {"destination": "/dev/snd", "source": "/dev", "options": ["bind"]},
                           {"destination": "/dev/random", "source": "/dev/urandom", "options": ["bind"]}]
                """, "\"linux\": {", """
                "linux": {"devices": [{"path": "/dev/snd/timer", "type": "c", "major": 116, "minor": 33},
                                      {"path": "/dev/console", "type": "c", "major": 5, "minor": 1},
                                      {"path": "/x", "type": "p"}],
                """);
        var found = new ArrayList<String>();
        for (var device : only(MountStep.MakeDevice.class, steps)) {
            found.add(device.path() + (device.found() ? "?" : ""));
        }
        assertEquals(
                List.of(
                        "/dev/null",
                        "/dev/zero",
                        "/dev/full",
                        "/dev/urandom",
                        "/dev/tty",
                        "/dev/snd/timer?",
                        "/dev/console",
                        "/x?"),
                found);
    }

    /** There is no mounting of version 2 in a user namespace that the cgroup namespace does not belong to. */
    @ParameterizedTest
    @CsvSource({"user, true", "cgroup, false", "ipc, false"})
    void inAUserNamespaceTheHostsCgroupsOfVersion2AreBound(String more, boolean bound) {
        var mapping = "[{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}]";
        var steps = planOn(
                "41 30 0:36 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
                "\"mounts\": []",
                "\"mounts\": [{\"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"options\": [\"nosuid\", \"ro\"]}]",
                "{\"type\": \"pid\"}]",
                more.equals("ipc")
                        ? "{\"type\": \"ipc\"}]"
                        : "{\"type\": \"user\"}, {\"type\": \"%s\"}], \"uidMappings\": %s, \"gidMappings\": %s"
                                .formatted(more.equals("user") ? "pid" : more, mapping, mapping));
        assertEquals(
                bound,
                steps.contains(new MountStep.TakeAlong("/sys/fs/cgroup", "/sys/fs/cgroup", true))
                        && steps.contains(new MountStep.ChangeMount(
                                "/sys/fs/cgroup", true, Set.of(MountAttribute.MOUNT_ATTR_RDONLY), Set.of())));
        var mounted = false;
        for (var mount : only(MountStep.Mount.class, steps)) {
            mounted |= mount.type().equals("cgroup2");
        }
        assertEquals(!bound, mounted);
    }

    @Test
    void theLoopbackOfANewNetworkIsSwitchedOn() {
        var joined = "{\"type\": \"ipc\", \"path\": \"/i\"}, {\"type\": \"network\"";
        assertTrue(names(plan("{\"type\": \"pid\"", joined)).contains("link-up"));
        assertFalse(
                names(plan("{\"type\": \"pid\"", joined + ", \"path\": \"/n\"")).contains("link-up"));
    }
}
