package koker.cgroup;

import java.util.ArrayList;
import java.util.List;
import koker.spec.Spec;

/** Rules about devices, written as "allow c 10:* rw; deny b 8:1 m". */
final class DeviceRuleText {
    private DeviceRuleText() {}

    static List<Spec.DeviceRule> rules(String text) {
        var rules = new ArrayList<Spec.DeviceRule>();
        for (var rule : text.split("; ")) {
            var words = rule.split("[ :]");
            rules.add(new Spec.DeviceRule(
                    words[0].equals("allow"), words[1], number(words[2]), number(words[3]), words[4]));
        }
        return rules;
    }

    private static Long number(String text) {
        return text.equals("*") ? null : Long.valueOf(text);
    }
}
