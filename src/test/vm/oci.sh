# koker as an OCI runtime, beside runc: each has a container of the same bundle, and what the kernel then knows of both must be the same.

# make_bundle CGROUP: a bundle in the folder bundle, with limits of each kind. Shares of processors are those that every runtime converts alike.
make_bundle() {
    mkdir -p bundle/rootfs/bin bundle/rootfs/proc
    [ -e bundle/rootfs/bin/busybox ] || cp /bin/busybox bundle/rootfs/bin/busybox
    for command in sleep diff; do ln -sf busybox bundle/rootfs/bin/$command; done
    disk=$(tr : ' ' </sys/block/vdb/dev)
    throttle="\"major\": ${disk% *}, \"minor\": ${disk#* }"
    [ "$mode" = unified ] && more=', "unified": {"memory.high": "60000000"}' || more=', "network": {"classID": 7}'
    cat >bundle/config.json <<EOF
{
  "ociVersion": "1.0.2",
  "process": {
    "user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=/bin"],
    "args": ["sleep", "1000"]
  },
  "root": {"path": "rootfs"},
  "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
  "linux": {
    "cgroupsPath": "$1",
    "namespaces": [{"type": "pid"}, {"type": "mount"}],
    "resources": {
      "memory": {"limit": 67108864, "reservation": 33554432, "swap": 100663296},
      "cpu": {"quota": 25000, "period": 50000, "shares": 262144, "cpus": "0", "mems": "0"},
      "pids": {"limit": 30},
      "hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}],
      "blockIO": {"weight": 200, "throttleReadBpsDevice": [{$throttle, "rate": 1048576}], "throttleWriteIOPSDevice": [{$throttle, "rate": 100}]},
      "devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 5, "access": "r"}]$more
    }
  }
}
EOF
}

# run_both OURS OTHERS [OPTION]: starts koker's container "one" and runc's container "two", with these as linux.cgroupsPath.
run_both() {
    make_bundle "$1" && quietly koker oci $3 run --detach --bundle bundle one </dev/null || return 1
    make_bundle "$2" && quietly runc $3 run --detach --bundle bundle two </dev/null
}

update_both() {
    limits='{"memory": {"limit": 50331648, "reservation": 16777216, "swap": 67108864}, "pids": {"limit": 40},
        "cpu": {"quota": 60000, "period": 100000, "shares": 2}}'
    echo "$limits" | quietly koker oci update --resources - one && echo "$limits" | quietly runc update --resources - two
}

# delete_both OURS OTHERS: the paths of their cgroups.
delete_both() {
    quietly runc delete --force two && quietly koker oci delete --force one || return 1
    same "what is left" "$(find $top -path "*$1" -o -path "*$2")" ""
}

# owned_bundle CGROUP: a bundle whose container may write to its own cgroup, and has a user.
owned_bundle() {
    make_bundle "$1" || return 1
    cgroups='{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"]}'
    sed -i -e 's/"uid": 0/"uid": 1000/' -e 's/{"type": "mount"}/&, {"type": "cgroup"}/' -e "s|\"mounts\": \[|&$cgroups, |" bundle/config.json
}

# owners_of CGROUP: its files and who owns them.
owners_of() {
    (cd "$top$1" && stat -c '%u %g %n' . *)
}

# owned_alike OURS OTHERS NAME NAME [OPTION]: the paths of their cgroups, and these as linux.cgroupsPath.
owned_alike() {
    owned_bundle "$3" && quietly koker oci $5 run --detach --bundle bundle one </dev/null || return 1
    owned_bundle "$4" && quietly runc $5 run --detach --bundle bundle two </dev/null || return 1
    owners_of "$1" >ours
    owners_of "$2" >others
    grep -qx '1000 0 cgroup.procs' ours && diff others ours && delete_both "$1" "$2"
}

# A further command is in the same cgroups as the first one.
exec_inside() {
    quietly koker oci exec one diff /proc/1/cgroup /proc/self/cgroup
}

# In a user namespace, and the host's namespace of cgroups, nobody can mount these: both show the host's own mount, read-only.
see_cgroups() {
    mkdir -p mapped/rootfs/bin mapped/rootfs/proc mapped/rootfs/dev mapped/rootfs/sys/fs/cgroup
    cp /bin/busybox mapped/rootfs/bin/busybox
    chown -R 100000:100000 mapped/rootfs
    cat >mapped/config.json <<EOF
{
  "ociVersion": "1.0.2",
  "process": {
    "user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=/bin"],
    "args": ["busybox", "sh", "-c", "busybox grep -o ' / /sys/fs/cgroup r.' /proc/self/mountinfo; busybox ls /sys/fs/cgroup | busybox grep -c ."]
  },
  "root": {"path": "rootfs"},
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "ro"]}
  ],
  "linux": {
    "cgroupsPath": "/mapped",
    "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
    "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
    "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "user"}]
  }
}
EOF
    koker oci run --bundle mapped three >ours 2>&1 || { cat ours && return 1; }
    runc run --bundle mapped three >others 2>&1 || { cat others && return 1; }
    grep -q '/sys/fs/cgroup ro' ours && diff others ours
}

# limits_of CGROUP: its files that say what is allowed, and what they say. Left out is what counts, or differs by intent: koker tells systemd of
# the weight of reading and writing, and limits huge pages that are only reserved, too, as the specification has it; and where
# a machine has no node for network tunnels, runc's containers lose the right to them when systemd writes its list of devices again.
limits_of() {
    find $top -path "*$1" | while read -r folder; do
        grep -rs . "$folder" | sed "s|^$folder/||" |
            grep -vE '^(cgroup\.|cpuacct|tasks|notify_on_release|net_prio\.prioidx|cpuset\.(.*effective.*|memory_pressure)|[a-z]*\.pressure)' |
            grep -vE '^[^:]*(stat|events|events\.local|current|peak|usage[^:]*|failcnt|io_[^:]*):' |
            grep -vE '^((io|blkio)(\.bfq)?\.weight|hugetlb\..*\.rsvd\.|devices\.list:c 10:200 )'
    done | sort
}

# same_limits OURS OTHERS: the cgroups of koker's container and of runc's, by their paths.
same_limits() {
    limits_of "$1" >ours
    limits_of "$2" >others
    [ -s ours ] && diff others ours
}
