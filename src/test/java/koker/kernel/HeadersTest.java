package koker.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Numbers that koker states are those of the system's C headers. What is newer than these headers is left out. */
class HeadersTest {
    /** Some headers of the kernel and of the C library cannot be included together. */
    private static final List<String> HEADERS = List.of("""
            #include <linux/mount.h>
            #include <linux/sched.h>
            #include <linux/fcntl.h>
            #include <linux/capability.h>
            #include <linux/resource.h>
            #include <linux/prctl.h>
            #include <linux/sockios.h>
            #include <linux/wait.h>
            #include <linux/mman.h>
            #include <asm/ioctls.h>
            #include <asm/signal.h>
            #include <linux/bpf.h>
            #include <linux/seccomp.h>
            #include <linux/memfd.h>
            #include <linux/keyctl.h>
            // Enumerators are no macros, for which the test asks.
            #define BPF_PROG_LOAD BPF_PROG_LOAD
            #define BPF_PROG_ATTACH BPF_PROG_ATTACH
            #define BPF_PROG_TYPE_CGROUP_DEVICE BPF_PROG_TYPE_CGROUP_DEVICE
            #define BPF_CGROUP_DEVICE BPF_CGROUP_DEVICE
            #define FSCONFIG_SET_STRING FSCONFIG_SET_STRING
            #define FSCONFIG_CMD_CREATE FSCONFIG_CMD_CREATE
            """, """
            #include <sys/mount.h>
            #include <sys/socket.h>
            #include <sys/rseq.h>
            #include <signal.h>
            #include <fcntl.h>
            """);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Architecture.class)
    void systemCallsHaveTheirNumbers(Architecture architecture) throws Exception {
        var header =
                switch (architecture) {
                    case X86_64 -> "<asm/unistd_64.h>";
                    case AARCH64 -> "<asm-generic/unistd.h>";
                };
        var source = new StringBuilder("#define __ARCH_WANT_SYS_CLONE3\n#include " + header + "\n");
        for (var call : SystemCall.values()) {
            source.append("number ").append(call).append(" __NR_").append(call).append('\n');
        }
        var file = Files.writeString(folder.resolve("numbers.c"), source);
        var numbers = new HashMap<String, Integer>();
        for (var line : Tool.run("gcc", "-E", "-P", file.toString())) {
            var words = line.split(" ");
            if (words[0].equals("number") && words[2].matches("[0-9]+")) {
                numbers.put(words[1], Integer.parseInt(words[2]));
            }
        }
        assertTrue(numbers.size() > SystemCall.values().length * 9 / 10, () -> header + " has only " + numbers);
        var stated = Arrays.stream(SystemCall.values())
                .filter(call -> numbers.containsKey(call.toString()))
                .collect(Collectors.toMap(SystemCall::toString, call -> call.number(architecture)));
        assertEquals(new TreeMap<>(numbers), new TreeMap<>(stated));
    }

    @Test
    void errorsHaveTheirNumbersAndMeanings() throws Exception {
        var program = new StringBuilder("#include <errno.h>\n#include <stdio.h>\n#include <string.h>\nint main() {\n");
        // The last one is in no header that programs get.
        var errors = Arrays.asList(Errno.values()).subList(0, Errno.values().length - 1);
        for (var errno : errors) {
            program.append("printf(\"%d %s\\n\", ")
                    .append(errno)
                    .append(", strerror(")
                    .append(errno)
                    .append("));\n");
        }
        var stated = errors.stream()
                .map(errno -> errno.number() + " " + errno.meaning())
                .toList();
        assertEquals(run(program + "}\n"), stated);
    }

    @Test
    void constantsHaveTheirValues() throws Exception {
        var flags = Stream.<Flag[]>of(
                        Constant.values(),
                        MountFlag.values(),
                        UnmountFlag.values(),
                        CloneFlag.values(),
                        OpenFlag.values(),
                        Capability.values(),
                        Resource.values(),
                        Signal.ORDINARY.toArray(Flag[]::new))
                .flatMap(Arrays::stream)
                .toList();
        var values = new TreeMap<String, Long>();
        for (var headers : HEADERS) {
            var program = new StringBuilder("#define _GNU_SOURCE\n#include <stdio.h>\n" + headers + "int main() {\n");
            for (var flag : flags) {
                program.append(
                        "#ifdef %1$s\nprintf(\"%1$s %%lld\\n\", (long long) %1$s);\n#endif\n".formatted(flag.name()));
            }
            for (var line : run(program + "}\n")) {
                var words = line.split(" ");
                values.putIfAbsent(words[0], Long.parseLong(words[1]));
            }
        }
        var missing = new ArrayList<String>();
        Map<String, Long> stated = new TreeMap<>();
        for (var flag : flags) {
            if (values.containsKey(flag.name())) {
                stated.put(flag.name(), flag.value());
            } else {
                missing.add(flag.name());
            }
        }
        assertTrue(missing.size() < flags.size() / 20, () -> "in no header: " + missing);
        assertEquals(values, stated);
    }

    @Test
    void netlinkConstantsHaveTheirValues() throws Exception {
        var program = new StringBuilder("""
                #include <stdio.h>
                #include <linux/rtnetlink.h>
                #include <linux/veth.h>
                #include <linux/netfilter.h>
                #include <linux/netfilter/nfnetlink.h>
                #include <linux/netfilter/nf_tables.h>
                int main() {
                """);
        var constants = Stream.<Flag[]>of(NetlinkConstant.values(), NftablesConstant.values())
                .flatMap(Arrays::stream)
                .toList();
        for (var constant : constants) {
            program.append("printf(\"%1$s %%lld\\n\", (long long) %1$s);\n".formatted(constant.name()));
        }
        var stated = constants.stream()
                .map(constant -> constant.name() + " " + constant.value())
                .toList();
        assertEquals(run(program + "}\n"), stated);
    }

    private List<String> run(String program) throws IOException, InterruptedException {
        var source = Files.writeString(folder.resolve("program.c"), program).toString();
        var executable = folder.resolve("program").toString();
        Tool.run("gcc", "-w", "-o", executable, source);
        return Tool.run(executable);
    }
}
