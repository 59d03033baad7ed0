package koker.network;

import java.util.List;
import java.util.Map;

/** Leaves the host's firewall alone: containers reach each other and the host, and whatever the user's own rules let them. */
public record NoFirewall() implements Firewall {
    /** What {@code --firewall} calls it. */
    public static final String NAME = "none";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void admit(Network network) {
        // as asked
    }

    @Override
    public List<PortRule> publish(Network network, String id, List<PortRule> ports) {
        throw new NetworkException("ports cannot be published with --firewall none: that is what the firewall does");
    }

    @Override
    public boolean hasMended() {
        return false;
    }

    @Override
    public void withdraw(String id) {
        // there is nothing
    }

    @Override
    public void dismiss(Network network) {
        // there is nothing
    }

    @Override
    public List<FirewallRule> inspect(Network network, Map<String, List<PortRule>> ports) {
        return List.of(); // whatever there is, koker has not looked
    }
}
