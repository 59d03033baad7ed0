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
                    dabf7d000000b8e70000000f05f448ffc0741c48ffc0742248ffc0742248ffc0742b31c04839f70f
                    9dc0e971ffffff4889f84829f0e966ffffff4889f85bc364488b042500000000e953ffffff48893e
                    31c0e949ffffff574889e68b3d17000000ba08000000b8010000000f055fc3b80f0000000f056690
                    ffffffffffffffff
            """, 0x147, 0x15f, 0x168),
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
                    692e40f949feffb4f3ffff17a00f80d2c80b80d2010000d4000020d4080500b140010054080500b1
                    40010054080500b140010054080500b1400100541f0001ebe0b79f9ad7ffff17000001cbd5ffff17
                    f30741f8c0035fd640d03bd5d1ffff17200000f9000080d2ceffff17e00f1ff8e103009120010018
                    020180d2080880d2010000d4ff430091c0035fd6681180d2010000d41f2003d5ffffffffffffffff
            """, 0x1ac, 0x1cc, 0x1d8);

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
