package koker.registry;

/** Status codes of HTTP that mean something of their own in the protocol (RFC 9110, section 15; OCI distribution-spec 1.1). */
final class Status {
    static final int OK = 200;
    static final int CREATED = 201;
    static final int ACCEPTED = 202;
    static final int NO_CONTENT = 204;
    static final int PARTIAL_CONTENT = 206;
    static final int UNAUTHORIZED = 401;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;
    static final int PROXY_AUTHENTICATION_REQUIRED = 407;
    static final int CONTENT_TOO_LARGE = 413;
    static final int RANGE_NOT_SATISFIABLE = 416;
    static final int TOO_MANY_REQUESTS = 429;
    static final int SERVER_ERROR = 500;

    private Status() {}
}
