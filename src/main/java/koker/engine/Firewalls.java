package koker.engine;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import koker.image.Json;
import koker.network.Firewall;
import koker.network.Iptables;
import koker.network.Nftables;
import koker.network.NoFirewall;

/** The kinds of firewall, and which of them koker uses: the one that it is told to, by an option or a file; else iptables, if that will do. */
final class Firewalls {
    private static final String FILE = "/etc/koker/network.json";
    /** The environment variable that names another file. */
    private static final String VARIABLE = "KOKER_NETWORK";

    private static final String KEY = "firewall";

    /** Where that is, rules of iptables are not enough: it rejects in a table of its own what they accept. */
    private static final Path FIREWALLD = Path.of("/usr/sbin/firewalld");

    private final Engine engine;

    Firewalls(Engine engine) {
        this.engine = engine;
    }

    /**
     * The firewall of that name; null for the one that the administrator wants.
     *
     * @throws EngineException if that cannot be found out
     */
    Firewall find(String name) {
        var wanted = name == null ? configured(System.getenv()) : name;
        if (wanted.isEmpty()) {
            wanted = Iptables.isInstalled() && !Files.exists(FIREWALLD) ? Iptables.NAME : Nftables.NAME;
        }
        return switch (wanted) {
            case Iptables.NAME -> new Iptables(engine.maker(), engine.programs(), Home.LOCK);
            case Nftables.NAME -> new Nftables(engine.maker(), engine.trace(), Home.LOCK);
            default -> new NoFirewall();
        };
    }

    /** Those that may have rules of koker's. */
    List<Firewall> all() {
        var all = new ArrayList<Firewall>(List.of(find(Nftables.NAME)));
        if (Iptables.isInstalled()) {
            all.add(find(Iptables.NAME));
        }
        return all;
    }

    /** The one that the file names that the environment names, or the usual file, which need not be there; else empty. */
    static String configured(Map<String, String> environment) {
        var named = environment.getOrDefault(VARIABLE, "");
        var file = Path.of(named.isEmpty() ? FILE : named);
        try {
            var json = Json.parse(Files.readAllBytes(file));
            for (var key : json.object().keySet()) {
                if (!key.equals(KEY)) {
                    throw new JsonParseException(key + " is unknown; there is: " + KEY);
                }
            }
            return json.has(KEY) ? NetworkRequest.firewall(json.text(KEY)) : "";
        } catch (NoSuchFileException e) {
            if (named.isEmpty()) {
                return "";
            }
            throw new EngineException("cannot read " + file + ", which " + VARIABLE + " names: no such file");
        } catch (IOException e) {
            throw new EngineException("cannot read " + file + ": " + EngineException.reason(e));
        } catch (JsonParseException | IllegalArgumentException e) {
            throw new EngineException(file + ": " + e.getMessage().replaceFirst("(?s)\n.*", "") + "; correct it");
        }
    }
}
