package koker.cli;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import koker.engine.BlockLimits;
import koker.engine.Limits;
import koker.engine.MemoryLimits;
import koker.engine.ProcessorLimits;
import koker.spec.Spec;

/** The options that limit what a container may use; {@code run}, {@code create} and {@code update} have them. */
final class LimitOptions {
    private final Supplier<Optional<Long>> memory;
    private final Supplier<Optional<Long>> reservation;
    private final Supplier<Optional<Long>> swap;
    private final Supplier<Optional<Long>> both;
    private final Supplier<Optional<Long>> swappiness;
    private final Supplier<Optional<Long>> cpus;
    private final Supplier<Optional<Long>> shares;
    private final Supplier<Optional<Long>> quota;
    private final Supplier<Optional<Long>> period;
    private final Supplier<Optional<String>> set;
    private final Supplier<Optional<String>> memories;
    private final Supplier<Optional<Long>> pids;
    private final Supplier<Optional<Integer>> weight;
    private final Supplier<List<Spec.Throttle>> readBytes;
    private final Supplier<List<Spec.Throttle>> writeBytes;
    private final Supplier<List<Spec.Throttle>> readOperations;
    private final Supplier<List<Spec.Throttle>> writeOperations;
    private final Supplier<List<Spec.HugepageLimit>> hugepages;

    /** Declares them among {@code options}. */
    LimitOptions(Options options) {
        memory = options.value(
                "SIZE",
                "Limit memory: 10m, 1g; a bare number counts MiB.",
                MemoryLimits::size,
                "-m",
                "--mem",
                "--memory");
        swap = options.value(
                "SIZE",
                "Limit swap, beside memory; -1 for no limit (default: as --mem).",
                MemoryLimits::swap,
                "--swap");
        both = options.value(
                "SIZE", "Limit memory and swap together; -1 for no limit.", MemoryLimits::swap, "--memory-swap");
        reservation =
                options.value("SIZE", "Keep so much when memory is short.", MemoryLimits::size, "--memory-reservation");
        swappiness = options.value(
                "0..100",
                "How readily its memory is swapped out (cgroup version 1).",
                MemoryLimits::swappiness,
                "--memory-swappiness");
        cpus = options.value("N", "Limit processor time: 0.5 is half of one.", ProcessorLimits::cpus, "--cpus");
        shares = options.value(
                "N",
                "Its part of the processors when they are short, beside others' 1024.",
                ProcessorLimits::shares,
                "-c",
                "--cpu-shares");
        quota = options.value(
                "MICROSECONDS",
                "Limit processor time in each period; -1 for no limit.",
                ProcessorLimits::quota,
                "--cpu-quota");
        period = options.value(
                "MICROSECONDS", "The length of a period (default: 100000).", ProcessorLimits::period, "--cpu-period");
        set = options.value("SET", "Use these processors alone: 0-2,4.", ProcessorLimits::set, "--cpuset-cpus");
        memories = options.value("SET", "Use these memory nodes alone.", ProcessorLimits::set, "--cpuset-mems");
        pids = options.value(
                "N", "Limit the number of processes; -1 for no limit.", Limits::pids, "--pids", "--pids-limit");
        weight = options.value("10..1000", "Its part of a disk that is busy.", BlockLimits::weight, "--blkio-weight");
        readBytes = options.values(
                "DEVICE:RATE",
                "Read so many bytes a second from a device: /dev/sda:1m.",
                BlockLimits::bytes,
                "--device-read-bps");
        writeBytes = options.values(
                "DEVICE:RATE", "Write so many bytes a second to a device.", BlockLimits::bytes, "--device-write-bps");
        readOperations = options.values(
                "DEVICE:RATE",
                "Read so many times a second from a device.",
                BlockLimits::operations,
                "--device-read-iops");
        writeOperations = options.values(
                "DEVICE:RATE",
                "Write so many times a second to a device.",
                BlockLimits::operations,
                "--device-write-iops");
        hugepages =
                options.values("PAGESIZE:SIZE", "Limit memory in huge pages: 2MB:64m.", Limits::hugepages, "--hugetlb");
    }

    /**
     * What they come to.
     *
     * @throws IllegalArgumentException if they do not fit together
     */
    Limits limits() {
        return new Limits(
                new MemoryLimits(memory.get(), reservation.get(), swap.get(), both.get(), swappiness.get()),
                new ProcessorLimits(cpus.get(), shares.get(), quota.get(), period.get(), set.get(), memories.get()),
                pids.get(),
                new BlockLimits(
                        weight.get(), readBytes.get(), writeBytes.get(), readOperations.get(), writeOperations.get()),
                hugepages.get());
    }
}
