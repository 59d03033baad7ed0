package koker.registry;

import java.io.IOException;
import java.util.Map;
import koker.image.Descriptor;
import koker.image.PartialBlob;
import koker.trace.Progress;
import koker.trace.Trace;

/**
 * Fetches a blob; a transfer that breaks off goes on from there.
 *
 * @param what what cannot be done if it fails
 */
record Download(String what, Descriptor blob, Trace trace) {
    private static final int BUFFER = 64 << 10;

    /** Where a blob is. */
    @FunctionalInterface
    interface Source {
        /** Asks for it, or with a header Range for a part of it. */
        Reply get(Map<String, String> range) throws IOException;
    }

    /** Fetches what is missing. */
    void into(PartialBlob partial, Source source) {
        try (var progress = trace.progress(blob.digest().brief(), blob.size())) {
            into(partial, source, progress);
        }
    }

    private void into(PartialBlob partial, Source source, Progress progress) {
        var retries = new Retries(trace);
        while (partial.position() < blob.size()) {
            var before = partial.position();
            try {
                transfer(partial, source, progress);
                if (partial.position() < blob.size()) {
                    throw new IOException(
                            "the connection ended after " + partial.position() + " of " + blob.size() + " bytes");
                }
            } catch (IOException e) {
                if (partial.position() - before > BUFFER) {
                    retries.gotOn();
                }
                retries.pause(what, e);
            }
        }
    }

    private void transfer(PartialBlob partial, Source source, Progress progress) throws IOException {
        Map<String, String> range =
                partial.position() == 0 ? Map.of() : Map.of("Range", "bytes=" + partial.position() + "-");
        try (var reply = source.get(range)) {
            if (reply.status() == Status.RANGE_NOT_SATISFIABLE) {
                partial.restart();
                throw new IOException("the registry cannot go on where it ended");
            }
            reply.expect(what, Status.OK, Status.PARTIAL_CONTENT);
            // A registry may ignore the wish, and send it all.
            if (reply.status() == Status.OK && partial.position() > 0) {
                partial.restart();
            }
            if (reply.status() == Status.PARTIAL_CONTENT && !continues(reply, partial.position())) {
                partial.restart();
                throw new IOException("the registry goes on at another place");
            }
            var buffer = new byte[BUFFER];
            for (int n; (n = reply.read(buffer)) >= 0; ) {
                partial.append(buffer, n);
                progress.at(partial.position());
            }
        }
    }

    /** Content-Range: bytes 5-9/10 (RFC 9110, section 14.4). */
    private static boolean continues(Reply reply, long position) {
        return reply.header("Content-Range").orElse("").startsWith("bytes " + position + "-");
    }
}
