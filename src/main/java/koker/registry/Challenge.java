package koker.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a registry wants to be told who asks: the header WWW-Authenticate of a reply 401 (RFC 9110, section 11.6.1). */
sealed interface Challenge {
    /** With a token from another server (distribution, docs/spec/auth/token.md). */
    record Bearer(String realm, String service, String scope) implements Challenge {}

    /** With name and password (RFC 7617). */
    record Basic() implements Challenge {}

    /** The challenges that can be met, in the registry's order. */
    static List<Challenge> parse(List<String> headers) {
        var challenges = new ArrayList<Challenge>();
        for (var header : headers) {
            new Parser(header).challenges().forEach((scheme, parameters) -> {
                switch (scheme) {
                    case "bearer" -> {
                        if (parameters.containsKey("realm")) {
                            challenges.add(new Bearer(
                                    parameters.get("realm"),
                                    parameters.getOrDefault("service", ""),
                                    parameters.getOrDefault("scope", "")));
                        }
                    }
                    case "basic" -> challenges.add(new Basic());
                    default -> {}
                }
            });
        }
        return List.copyOf(challenges);
    }

    /** The grammar: {@code scheme name=value, name="quoted \" value", scheme …}. */
    final class Parser {
        private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
        private static final Pattern PARAMETER =
                Pattern.compile("\\s*(" + TOKEN + ")\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(" + TOKEN + "))\\s*,?");
        private static final Pattern SCHEME = Pattern.compile("\\s*,?\\s*(" + TOKEN + ")(?:\\s+|,|$)(?!\\s*=)");

        private final String header;
        private int at;

        Parser(String header) {
            this.header = header;
        }

        /** Schemes in small letters, and their parameters; from where it makes no sense, the header is ignored. */
        Map<String, Map<String, String>> challenges() {
            var challenges = new LinkedHashMap<String, Map<String, String>>();
            for (Matcher scheme; (scheme = next(SCHEME)) != null; ) {
                var parameters = new LinkedHashMap<String, String>();
                for (Matcher parameter; (parameter = next(PARAMETER)) != null; ) {
                    var value = parameter.group(2) != null
                            ? parameter.group(2).replaceAll("\\\\(.)", "$1")
                            : parameter.group(3);
                    parameters.put(parameter.group(1).toLowerCase(Locale.ROOT), value);
                }
                challenges.putIfAbsent(scheme.group(1).toLowerCase(Locale.ROOT), parameters);
            }
            return challenges;
        }

        private Matcher next(Pattern pattern) {
            var matcher = pattern.matcher(header).region(at, header.length());
            if (!matcher.lookingAt()) {
                return null;
            }
            at = matcher.end();
            return matcher;
        }
    }
}
