package koker.spec;

import java.math.BigInteger;
import java.util.List;

/**
 * Which system calls the container's processes may make (config-linux.md, seccomp). Names of actions, architectures, flags and operators
 * are those of the specification; absent lists are empty, but for the flags.
 *
 * @param defaultAction what happens to a call that no rule is about
 * @param defaultErrnoRet the error of the default action; null for EPERM
 * @param architectures those beside the machine's own whose calls the rules are about, too
 * @param flags null where nothing is said, which is not the same as none
 * @param listenerPath the socket of who decides about calls with the action SCMP_ACT_NOTIFY; null for nobody
 * @param listenerMetadata what that one is told beside; null for nothing
 * @param syscalls the rules
 */
public record Seccomp(
        String defaultAction,
        Integer defaultErrnoRet,
        List<String> architectures,
        List<String> flags,
        String listenerPath,
        String listenerMetadata,
        List<Rule> syscalls) {
    public Seccomp {
        architectures = architectures == null ? List.of() : architectures;
        syscalls = syscalls == null ? List.of() : syscalls;
    }

    /**
     * What happens to certain calls.
     *
     * @param names of the calls; those that the machine does not know are passed over
     * @param errnoRet the error of the action; null for EPERM
     * @param args conditions, all of which have to hold; but of those about the same argument one is enough
     */
    public record Rule(List<String> names, String action, Integer errnoRet, List<Condition> args) {
        public Rule {
            names = names == null ? List.of() : names;
            args = args == null ? List.of() : args;
        }
    }

    /**
     * A condition on an argument of a call. Its values are numbers of 64 bits without a sign.
     *
     * @param index which argument, from 0 to 5
     * @param value what it is compared with; for SCMP_CMP_MASKED_EQ the mask
     * @param valueTwo for SCMP_CMP_MASKED_EQ what the masked argument has to be
     * @param op how it is compared: SCMP_CMP_EQ, for instance
     */
    public record Condition(int index, BigInteger value, BigInteger valueTwo, String op) {
        public Condition {
            value = value == null ? BigInteger.ZERO : value;
            valueTwo = valueTwo == null ? BigInteger.ZERO : valueTwo;
        }
    }
}
