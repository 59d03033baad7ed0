package koker.plan;

import static koker.trace.Trace.fields;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import koker.kernel.Call;
import koker.kernel.Calls;
import koker.kernel.Event.Side;
import koker.kernel.NetlinkMessage;
import koker.kernel.NetlinkSocket;
import koker.kernel.NftablesMessage;

/** What koker does to the kernel's rules for packets, by the messages of nf_tables. */
public sealed interface FirewallStep extends Step {
    @Override
    default Side side() {
        return Side.HOST;
    }

    /** A socket to the kernel's rules, those of the network namespace that koker is in. */
    record OpenNetfilter() implements FirewallStep {
        @Override
        public String title() {
            return "Open netfilter";
        }

        @Override
        public List<Call> calls() {
            return List.of(NetlinkSocket.openNetfilter().as(LinkStep.SOCKET), NetlinkSocket.bind(LinkStep.SOCKET));
        }
    }

    /**
     * Rules are told to a program of the host's, iptables-restore(8), as far as they are missing.
     *
     * @param words the program's path and its arguments
     * @param rules what it reads
     */
    record RestoreRules(List<String> words, String rules) implements FirewallStep {
        @Override
        public String title() {
            return "Restore rules";
        }

        @Override
        public Map<String, Object> about() {
            return fields("program", words.getFirst(), "lines", rules.lines().count());
        }

        @Override
        public List<Call> calls() {
            return List.of(
                    Calls.clone(Set.of()),
                    Calls.execve(words.getFirst(), words, List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin")));
        }
    }

    /**
     * Rules come and go, all of them at once: others see either none or all of the changes. Only the last change is to be answered, and those
     * that are refused; so the first answer says how it went.
     *
     * @param table where most of it is
     * @param changes messages; the batch that they form is made here
     */
    record ChangeRules(NetlinkSocket socket, String table, List<NetlinkMessage> changes) implements FirewallStep {
        @Override
        public String title() {
            return "Change rules";
        }

        @Override
        public Map<String, Object> about() {
            return fields("table", table, "changes", changes.size());
        }

        @Override
        public List<Call> calls() {
            var batch = new ArrayList<NetlinkMessage>();
            batch.add(NftablesMessage.begin());
            batch.addAll(changes.subList(0, changes.size() - 1));
            batch.add(changes.getLast().answered());
            batch.add(NftablesMessage.end());
            return List.of(socket.send(batch), socket.receive());
        }

        @Override
        public Optional<Call> further() {
            return socket.isBehind() ? Optional.of(socket.receive()) : Optional.empty();
        }

        /** The kernel says by a number which message it refuses; the first one is the beginning of the batch. */
        @Override
        public Optional<NetlinkSocket.Refusal> refusal() {
            if (!socket.refused()) {
                return Optional.empty();
            }
            var refusal = socket.refusal().orElseThrow();
            var message = refusal.number() > 0 && refusal.number() <= changes.size()
                    ? changes.get(refusal.number() - 1).type().name() + " "
                            + changes.get(refusal.number() - 1).shown()
                    : "the batch";
            return Optional.of(new NetlinkSocket.Refusal(
                    refusal.errno(),
                    refusal.reason().isEmpty() ? message : refusal.reason() + ": " + message,
                    refusal.number()));
        }
    }
}
