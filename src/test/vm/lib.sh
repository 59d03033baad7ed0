# What all that runs in the virtual machine has in common.

# check NAME COMMAND...: the command must succeed; if it does not, what it says is why.
check() {
    name=$1
    shift
    if why=$("$@" 2>&1); then
        echo "ok $name"
    else
        echo "not ok $name: $(echo $why)"
    fi
}

# quietly COMMAND...: what it says does not matter unless it fails.
quietly() {
    "$@" >said 2>&1 || { echo "status $?:" && cat said && false; }
}

# until_true COMMAND...: waits for it, 10 seconds at most.
until_true() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { echo "did not happen: $*" && return 1; }
        sleep 0.1
    done
}

# same WHAT IS EXPECTED
same() {
    [ "$2" = "$3" ] || { echo "$1 is '$2', not '$3'" && false; }
}
