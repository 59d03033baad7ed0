package koker.kernel;

import java.util.HexFormat;

/** A processor architecture that koker knows: the bytes of its stub, and where to find the routines in them. */
public enum Architecture {
    /** Assembled from stub-x86_64.s. */
    X86_64("""
                    534889fb0f3148c1e2204809d048894378488b7b08807b4001720974048b3feb03488b3f488b7310
                    807b4101720974048b36eb03488b36488b5318807b4201720974048b12eb03488b124c8b5320807b
                    4301720a7405458b12eb034d8b124c8b4328807b4401720a7405458b00eb034d8b004c8b4b30807b
                    4501720a7405458b09eb034d8b09488b034885c078700f054889c1488b43504885c07406483b4b48
                    742948894b380f3148c1e2204809d0488983800000004881f901f0ffff73144881c390000000e939
                    ffffff4889c3e931ffffff48f7d94881f9c00000007312480fa34b60730b488b43584885c074d0eb
                    dabf7d000000b8e70000000f05f44883c002780a74164889f84829f0eb8264488b042500000000e9
                    74ffffff4889f85bc3574889e68b3d15000000ba08000000b8010000000f055fc3b80f0000000f05
                    ffffffffffffffff
            """, 0x121, 0x139, 0x140),
    /** Assembled from stub-aarch64.s. */
    AARCH64("""
                    f30f1ff8f30300aadf3f03d549e03bd5693e00f9600640f969024139c90000343f05007160000054
                    000040b902000014000040f9610a40f969064139c90000343f05007160000054210040b902000014
                    210040f9620e40f9690a4139c90000343f05007160000054420040b902000014420040f9631240f9
                    690e4139c90000343f05007160000054630040b902000014630040f9641640f969124139c9000034
                    3f05007160000054840040b902000014840040f9651a40f969164139c90000343f05007160000054
                    a50040b902000014a50040f9680240f92804f8b7010000d4692a40f9890000b46a2640f91f000aeb
                    20010054601e00f9df3f03d549e03bd5694200f91ffc3fb1a200005473420291beffff17f30309aa
                    bcffff17e00300cb1f0003f142010054698201910afc43d329696a380a0840922925ca1a89000036
                    692e40f949feffb4f3ffff17a00f80d2c80b80d2010000d4000020d4080900b184000054a0000054
                    000001cbddffff1740d03bd5dbffff17f30741f8c0035fd6e00f1ff8e103009100010018020180d2
                    080880d2010000d4ff430091c0035fd6681180d2010000d4ffffffffffffffff
            """, 0x180, 0x1a0, 0x1a8);

    private final String hex;
    private final int signal;
    private final int restore;
    private final int pipe;

    Architecture(String hex, int signal, int restore, int pipe) {
        this.hex = hex;
        this.signal = signal;
        this.restore = restore;
        this.pipe = pipe;
    }

    /**
     * The architecture of this machine.
     *
     * @throws KernelException if koker has no stub for it
     */
    public static Architecture current() {
        var name = System.getProperty("os.arch");
        return switch (name) {
            case "amd64" -> X86_64;
            case "aarch64" -> AARCH64;
            default ->
                throw new KernelException(
                        "koker has no machine code for a processor of type " + name + "; it runs on amd64 and aarch64");
        };
    }

    /** The stub's machine code, which starts with its routine {@code run}. */
    public byte[] stub() {
        return HexFormat.of().parseHex(hex.replace("\n", "").replace(" ", ""));
    }

    /** Where in the stub the signal handler starts, in bytes. */
    int signal() {
        return signal;
    }

    /** Where in the stub the return from a signal handler starts, in bytes. */
    int restore() {
        return restore;
    }

    /** Where in the stub the file descriptor stands that the signal handler writes to, in bytes. */
    int pipe() {
        return pipe;
    }
}
