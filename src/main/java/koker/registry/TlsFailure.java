package koker.registry;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLException;

/** Why a TLS connection came to nothing, in words that say what to do; Java's own are about paths and builders. */
final class TlsFailure {
    private static final String FOLDER = "/etc/docker/certs.d/HOST:PORT";

    private TlsFailure() {}

    static String reason(SSLException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case CertificateExpiredException expired -> {
                    return "its certificate has expired (" + said(expired) + ")";
                }
                case CertificateNotYetValidException early -> {
                    return "its certificate is not valid yet (" + said(early) + ")";
                }
                case CertPathBuilderException _ -> {
                    return "its certificate is signed by nobody that this machine trusts (put the CA's certificate in "
                            + FOLDER + "/ca.crt)";
                }
                case CertificateException other
                when said(other).startsWith("No ") -> {
                    return "its certificate is for another host (" + said(other) + ")";
                }
                default -> {}
            }
        }
        var alert = said(failure);
        if (alert.matches(".*(certificate_required|bad_certificate|unknown_ca|certificate_unknown)")) {
            return "it does not accept who asks (" + alert + "; put a client certificate in " + FOLDER
                    + "/NAME.cert and its key in NAME.key)";
        }
        return "TLS handshake failed (" + alert + ")";
    }

    /** Whether the other side has refused; otherwise it may not speak TLS at all. */
    static boolean isAlert(SSLException failure) {
        return said(failure).contains("fatal alert");
    }

    private static String said(Throwable failure) {
        return RegistryException.oneLine(String.valueOf(failure.getMessage()));
    }
}
