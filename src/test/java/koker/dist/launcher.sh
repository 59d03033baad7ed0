#!/bin/sh
# koker is this script with a Java runtime, the program and a small image compressed behind it. The first start
# unpacks them into a folder named by their hash; every start then goes straight to java. The way there uses shell
# builtins only, since each external command would cost about a millisecond.

koker_hash=@HASH@

# Where the user lives, if nobody says so, as Podman does not when it starts or ends a container. In a user namespace that is looked
# up by the number that the user has outside.
koker_lives() {
    while read -r koker_word koker_uid _; do
        [ "$koker_word" != Uid: ] || break
    done </proc/self/status
    while read -r koker_inside koker_outside koker_count; do
        koker_nth=$((koker_uid - koker_inside))
        [ $koker_nth -lt 0 ] || [ $koker_nth -ge "$koker_count" ] || koker_user=$((koker_outside + koker_nth))
    done </proc/self/uid_map
    while IFS=: read -r _ _ koker_uid _ _ HOME _; do
        [ "$koker_uid" != "${koker_user-}" ] || return
    done </etc/passwd
    HOME=
}

if [ -n "${KOKER_CACHE-}" ]; then
    koker_cache=$KOKER_CACHE
elif [ -O / ]; then # that is: root, found out without a call of id
    koker_cache=/var/cache/koker
else
    [ -n "${HOME-}${XDG_CACHE_HOME-}" ] || koker_lives
    koker_cache=${XDG_CACHE_HOME:-$HOME/.cache}/koker
fi
case $koker_cache in
    /*) ;;
    *) koker_cache=$PWD/$koker_cache ;;
esac
koker_home=$koker_cache/$koker_hash

koker_refuse() {
    printf 'koker: cannot unpack to %s: %s\n' "$koker_cache" "$1" >&2
    exit 125
}

# Runs in a subshell, so that its umask, its lock and its traps end with it.
koker_unpack() (
    umask 022
    export LC_ALL=C # the reasons below are picked out of messages
    why=$(mkdir -p -- "$koker_cache" 2>&1) ||
        koker_refuse "${why##*: }; set KOKER_CACHE to a folder that you can write to"
    [ -O "$koker_cache" ] || koker_refuse "it belongs to another user; set KOKER_CACHE to a folder of your own"
    # In a folder with the sticky bit, as /tmp, others can add names but not replace ours.
    [ -k "$koker_cache" ] || [ -z "$(find "$koker_cache" -prune \( -perm -020 -o -perm -002 \))" ] ||
        koker_refuse "others may write there; take that right away, or set KOKER_CACHE to another folder"

    # One unpacks, the others wait. The lock is the folder itself: no file to leave behind, and the kernel lifts it when
    # its holder dies. Where flock is not installed several may unpack at once, and the rename below picks one.
    exec 9<"$koker_cache"
    if flock 9 2>/dev/null; then
        rm -rf "$koker_cache"/.unpack-* # nobody else is unpacking, so these are left from one that was killed
    fi
    [ ! -L "$koker_home" ] || koker_refuse "$koker_hash there is a link; remove it"
    if [ -e "$koker_home" ]; then
        [ -O "$koker_home" ] || koker_refuse "$koker_hash there belongs to another user; remove it"
        exit 0
    fi

    new=$koker_cache/.unpack-$koker_hash-$$
    trap 'rm -rf "$new"' EXIT
    trap 'exit 125' HUP INT TERM
    why=$(mkdir "$new" 2>&1) || koker_refuse "${why##*: }; set KOKER_CACHE to a folder that you can write to"
    if command -v sha256sum >/dev/null; then
        sum=$(tail -c +@OFFSET@ -- "$0" | sha256sum)
        [ "${sum%% *}" = @SUM@ ] || koker_refuse "$0 is damaged: it is not what was built; get it again"
    fi
    why=$( { tail -c +@OFFSET@ -- "$0" | tar -xzof - -C "$new"; } 2>&1) || case $why in
        *"No space left"* | *"quota exceeded"*)
            koker_refuse "No space left on device; free @MEGABYTES@ MB, or set KOKER_CACHE to a folder elsewhere" ;;
        *) koker_refuse "${why##*
}" ;;
    esac
    # Without this a power cut could leave the new name with empty files behind it.
    sync -f "$new" 2>/dev/null
    why=$("$new/jre/bin/java" -XX:TieredStopAtLevel=1 -XX:-UsePerfData --version 2>&1)
    case $? in
        0) ;;
        126) koker_refuse "it is on a file system mounted noexec; set KOKER_CACHE to a folder elsewhere" ;;
        *) koker_refuse "the Java runtime does not start: ${why##*
}" ;;
    esac
    mv -T "$new" "$koker_home" 2>/dev/null || [ -O "$koker_home" ] || koker_refuse "cannot rename $new to $koker_home"

    # What earlier versions unpacked, a month ago or more, goes; unless something still runs from it.
    find "$koker_cache" -mindepth 1 -maxdepth 1 -type d -name '????????????????????????' -mtime +30 2>/dev/null |
        while read -r old; do
            ls -l /proc/[0-9]*/exe 2>/dev/null | grep -qF "$old/" || rm -rf "$old"
        done
)

# Without a standard stream the next file that is opened becomes it, and Java opens its own: they would reach the container.
{ true 9<&0; } 2>/dev/null || exec </dev/null
{ true 9>&1; } 2>/dev/null || exec >/dev/null
true 9>&2 || exec 2>/dev/null

# They would print a line at each start, and change how this runtime behaves.
unset JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS JDK_AOT_VM_OPTIONS

# Trusted is a folder of our own, in a folder of our own; anything else is looked at closely, or refused.
if [ ! -O "$koker_home" ] || [ ! -O "$koker_cache" ] || [ -L "$koker_home" ]; then
    koker_unpack "$@" || exit 125
fi

# Java takes file names and arguments to be in the locale's encoding, and can make nothing of é in plain C.
# Nor in a locale that this machine does not have, whatever its name says. Hooks get back what it was.
unset KOKER_LC_ALL
[ -z "${LC_ALL+set}" ] || export KOKER_LC_ALL="$LC_ALL"
export LC_ALL=C.UTF-8

# Called by the name of a runtime, it is one.
case ${0##*/} in
    runc | koker-oci) set -- oci "$@" ;;
esac

# What is called only a few times had better not be compiled at all, and the light compiler starts soonest; but it hashes at
# a tenth of the speed. So for the commands that move image data there is the full one, which is quick to compile that, and slow
# to think that anything else is worth its while. Their heap is the same whatever the layers' size: what is read goes through
# a few buffers, and the rest is garbage at once.
# Every class that is kept makes every start a little longer, used or not: the runtime for other engines, which they start several
# times for a container, has half of the others' classes, and a third of them for what only looks at a container, or ends it.
# The list of all commands is with those that are slower anyway.
# One that finds out later that it is to pull an image starts itself again, with KOKER_CLASSES set.
koker_classes=quick
[ "${KOKER_CLASSES-}" != data ] || koker_classes=data
case " $* " in
    " oci"*" create "* | " oci"*" run "* | " oci"*" exec "*) koker_classes=oci ;;
    " oci"*" start "* | " oci"*" state "* | " oci"*" kill "* | " oci"*" delete "*) koker_classes=brief ;;
    " oci "* | " --trace "*" oci "*) koker_classes=oci ;;
    *" oci "*) ;;
    " --help "* | " -h "*) koker_classes=data ;;
    *" pull "* | *" push "* | *" load "* | *" save "* | *" build "* | *" commit "* | *" import "* | *" export "* | *" export-layout "* | *" cp "*)
        koker_classes=data ;;
esac
koker_kept=-XX:SharedArchiveFile=$koker_home/lib/$koker_classes.jsa
# A heap that begins small has small tables, and so has who expects few strings and names: each table is zeroed at the start.
koker_java="-XX:TieredStopAtLevel=1 -XX:-UseContainerSupport -Xms48m -XX:StringTableSize=1024 -XX:SymbolTableSize=1024"
case $koker_classes in
    brief) koker_java="$koker_java -Xint" ;;
    data)
        koker_kept=-XX:AOTCache=$koker_home/lib/data.aot
        koker_java="-XX:TieredStopAtLevel=4 -XX:CompileThresholdScaling=10 -XX:CompileCommand=quiet\
 -XX:CompileCommand=CompileThresholdScaling,sun.security.provider.DigestBase::*,0.01\
 -XX:CompileCommand=CompileThresholdScaling,sun.security.provider.SHA2::*,0.01 -Xmn40m" ;;
    *)
        # What puts the hundreds of lines of -D together is called often enough to be compiled, if that is done at once.
        case " $* " in
            *" -D "*) koker_java="$koker_java -XX:CompileThresholdScaling=3" ;;
            *) koker_java="$koker_java -XX:CompileThresholdScaling=10" ;;
        esac ;;
esac

set -f # the stars are for Java
exec "$koker_home/jre/bin/java" -XX:+UnlockDiagnosticVMOptions -XX:+UnlockExperimentalVMOptions "$koker_kept" $koker_java \
    "-Dkoker.classes=$koker_classes" @FLAGS@ koker.Main "$@"
exit
