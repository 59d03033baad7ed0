package koker.kernel;

/** A constant that is an argument by itself: an operation, a kind, or a descriptor that is not one. */
public enum Constant implements Flag {
    AT_FDCWD(-100),
    AT_SYMLINK_NOFOLLOW(0x100),
    AT_REMOVEDIR(0x200),
    AT_SYMLINK_FOLLOW(0x400),
    AT_EMPTY_PATH(0x1000),
    AT_RECURSIVE(0x8000),
    RESOLVE_NO_XDEV(0x1),
    RESOLVE_NO_MAGICLINKS(0x2),
    RESOLVE_NO_SYMLINKS(0x4),
    RESOLVE_IN_ROOT(0x10),
    STATX_BASIC_STATS(0x7ff),
    SEEK_SET(0),
    SEEK_DATA(3),
    SEEK_HOLE(4),
    OPEN_TREE_CLONE(1),
    OPEN_TREE_CLOEXEC(0x80000),
    MOVE_MOUNT_F_EMPTY_PATH(0x4),
    MOVE_MOUNT_T_SYMLINKS(0x10),
    MOVE_MOUNT_T_EMPTY_PATH(0x40),
    FSOPEN_CLOEXEC(1),
    FSMOUNT_CLOEXEC(1),
    FSCONFIG_SET_STRING(1),
    FSCONFIG_CMD_CREATE(6),
    BPF_PROG_LOAD(5),
    BPF_PROG_ATTACH(8),
    BPF_PROG_TYPE_CGROUP_DEVICE(15),
    BPF_CGROUP_DEVICE(6),
    BPF_F_ALLOW_MULTI(2),
    PROT_READ(1),
    PROT_WRITE(2),
    PROT_EXEC(4),
    MADV_REMOVE(9),
    MAP_SHARED(1),
    MAP_ANONYMOUS(0x20),
    AF_UNIX(1),
    AF_INET(2),
    SOCK_STREAM(1),
    SOCK_DGRAM(2),
    SOCK_CLOEXEC(0x80000),
    LOCK_EX(2),
    LOCK_NB(4),
    LOCK_UN(8),
    CLOCK_REALTIME(0),
    CLOCK_MONOTONIC(1),
    SEEK_CUR(1),
    IN_MODIFY(2),
    IN_CREATE(0x100),
    SIG_SETMASK(2),
    PR_SET_PDEATHSIG(1),
    PR_SET_DUMPABLE(4),
    PR_SET_KEEPCAPS(8),
    PR_SET_NAME(15),
    PR_CAPBSET_DROP(24),
    PR_SET_NO_NEW_PRIVS(38),
    PR_CAP_AMBIENT(47),
    PR_CAP_AMBIENT_RAISE(2),
    TCGETS(0x5401),
    TCSETS(0x5402),
    TIOCSCTTY(0x540E),
    TIOCSPGRP(0x5410),
    TIOCGWINSZ(0x5413),
    TIOCSWINSZ(0x5414),
    TIOCSPTLCK(0x40045431),
    TIOCGPTPEER(0x5441),
    SIOCSIFFLAGS(0x8914),
    RSEQ_FLAG_UNREGISTER(1),
    RSEQ_SIG(0x53053053),
    P_ALL(0),
    P_PID(1),
    WEXITED(4),
    WNOHANG(1),
    __WALL(0x40000000);

    private final long value;

    Constant(long value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
