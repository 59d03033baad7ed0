package koker.cgroup;

import koker.spec.Spec;

/** A line of the file rdma.max, which both versions of cgroups have. */
final class RdmaLimit {
    private RdmaLimit() {}

    static String line(String device, Spec.Rdma limit) {
        return device
                + (limit.hcaHandles() == null ? "" : " hca_handle=" + limit.hcaHandles())
                + (limit.hcaObjects() == null ? "" : " hca_object=" + limit.hcaObjects());
    }
}
