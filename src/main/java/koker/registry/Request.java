package koker.registry;

import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;

/** What a server is asked. The body can be sent more than once, as servers may redirect, or ask who we are first. */
record Request(String method, URI uri, Map<String, String> headers, BodyPublisher body) {
    static Request get(URI uri, Map<String, String> headers) {
        return new Request("GET", uri, headers, BodyPublishers.noBody());
    }

    static Request of(String method, URI uri) {
        return new Request(method, uri, Map.of(), BodyPublishers.noBody());
    }

    Request to(URI another) {
        return new Request(method, another, headers, body);
    }

    /** Whether it changes nothing there, however often it is made. */
    boolean isSafe() {
        return method.equals("GET") || method.equals("HEAD");
    }
}
