package koker.plan;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import koker.kernel.Errno;

/**
 * Takes steps down instead of making them. Only those that look at the network of the host, and change nothing, are made, too; and who looks
 * for what an earlier step would have made is told that it is there.
 */
public final class Rehearsal implements Maker {
    private final Runner runner;
    private final List<Step> steps = new ArrayList<>();
    private final Set<String> links = new HashSet<>();

    /** A rehearsal in which {@code runner} looks at what there is. */
    public Rehearsal(Runner runner) {
        this.runner = runner;
    }

    /** The steps that would have been made so far. */
    public List<Step> steps() {
        return List.copyOf(steps);
    }

    @Override
    public Map<String, Long> make(Step step) {
        steps.add(step);
        return switch (step) {
            case LinkStep.OpenNetlink open -> runner.make(open);
            case LinkStep.OpenNetlinkInside _ -> Map.of(LinkStep.SOCKET, (long) Unknown.SOCKET_INSIDE);
            case FirewallStep.OpenNetfilter _ -> Map.of(LinkStep.SOCKET, (long) Unknown.SOCKET_OF_RULES);
            case LinkStep.ExplainRefusals explain when isReal(explain.socket().descriptor()) -> runner.make(explain);
            case LinkStep.FindLink find -> find(find);
            case LinkStep.ListAll list -> {
                if (isReal(list.socket().descriptor())) {
                    yield runner.make(list);
                }
                list.socket().pretendNothing();
                yield Map.of();
            }
            case LinkStep.ReceiveMore more when isReal(more.socket().descriptor()) -> runner.make(more);
            case LinkStep.CloseNetlink close when isReal(close.socket().descriptor()) -> runner.make(close);
            case LinkStep.MakeBridge bridge -> {
                links.add(bridge.link());
                bridge.socket().pretendNothing();
                yield Map.of();
            }
            case LinkStep.Request request -> {
                request.socket().pretendNothing();
                yield Map.of();
            }
            case FirewallStep.ChangeRules change -> {
                change.socket().pretendNothing();
                yield Map.of();
            }
            case HostStep.LeaseAddress lease ->
                Map.of(
                        HostStep.LeaseAddress.MADE,
                        Files.exists(Path.of(lease.file()), LinkOption.NOFOLLOW_LINKS)
                                ? -(long) Errno.EEXIST.number()
                                : 0L);
            case HostStep.LockNetworks _ -> Map.of(HostStep.LockNetworks.LOCK, (long) Unknown.LOCK);
            case HostStep.OpenGate _ -> Map.of(HostStep.OpenGate.GATE, (long) Unknown.GATE);
            case EndStep.OpenProcess _ -> Map.of(EndStep.OpenProcess.PROCESS, (long) Unknown.PROCESS);
            case EndStep.WaitForEnd _ -> Map.of(EndStep.WaitForEnd.ENDED, 1L);
            default -> Map.of();
        };
    }

    private Map<String, Long> find(LinkStep.FindLink find) {
        if (!isReal(find.socket().descriptor()) || links.contains(find.link())) {
            find.socket().pretendLink(find.link(), Unknown.LINK);
            return Map.of();
        }
        return runner.make(find);
    }

    private static boolean isReal(int descriptor) {
        return descriptor < Unknown.GATE;
    }
}
