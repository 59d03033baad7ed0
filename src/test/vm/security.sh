# AppArmor and SELinux. A kernel runs one of them, so that each is on one of the machines.

# make_confined PROCESS LINUX: a bundle in the folder confined, with these as the first fields of the two objects.
make_confined() {
    mkdir -p confined/rootfs/bin confined/rootfs/proc confined/rootfs/dev
    [ -e confined/rootfs/bin/busybox ] || cp /bin/busybox confined/rootfs/bin/busybox
    for command in sh cat; do ln -sf busybox confined/rootfs/bin/$command; done
    echo secret >confined/rootfs/secret
    cat >confined/config.json <<END
{
  "ociVersion": "1.2.0",
  "process": {
    $1
    "user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=/bin"],
    "args": ["sh", "-c", "cat /proc/self/attr/current && echo; cat /secret; cat /proc/self/mountinfo"]
  },
  "root": {"path": "rootfs"},
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}
  ],
  "linux": {
    $2
    "namespaces": [{"type": "pid"}, {"type": "mount"}]
  }
}
END
}

run_confined() {
    koker oci run --bundle confined confined >confined.said 2>&1
}

# said TEXT...: the container has said all of them.
said() {
    for text in "$@"; do
        grep -qF "$text" confined.said || { echo "no '$text' in:" && cat confined.said && return 1; }
    done
}

load_profile() {
    mount -t securityfs securityfs /sys/kernel/security && cat /security/profile >/sys/kernel/security/apparmor/.load
}

profile_confines() {
    make_confined '"apparmorProfile": "koker-test",' && run_confined &&
        said "koker-test (enforce)" "can't open '/secret': Permission denied"
}

profile_is_missing() {
    make_confined '"apparmorProfile": "nonexistent",' && ! run_confined && said "no profile of that name is loaded"
}

load_policy() {
    mount -t selinuxfs selinuxfs /sys/fs/selinux && cat /security/policy >/sys/fs/selinux/load
}

labels_are_set() {
    make_confined '"selinuxLabel": "system_u:system_r:container_t",' '"mountLabel": "system_u:object_r:container_file_t",' &&
        run_confined && said system_u:system_r:container_t "tmpfs rw,context=system_u:object_r:container_file_t"
}

label_is_unknown() {
    make_confined '"selinuxLabel": "system_u:system_r:nonexistent_t",' && ! run_confined && said "the policy does not know that label"
}
