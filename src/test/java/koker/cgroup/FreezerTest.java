package koker.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import koker.plan.HostStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the files of a cgroup say of its processes: that they are to be stopped, and that they are. */
class FreezerTest {
    @TempDir
    Path folder;

    private void file(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text + "\n");
    }

    private Freezer freezer() {
        return Freezer.of(List.of("/nowhere", folder.toString())).orElseThrow();
    }

    @Test
    void inVersion1SomeMayStillRunWhileItIsFreezing() throws IOException {
        file("freezer.state", "THAWED");
        file("freezer.self_freezing", "0");
        assertFalse(freezer().isWanted() || freezer().isReached());
        file("freezer.state", "FREEZING");
        file("freezer.self_freezing", "1");
        assertTrue(freezer().isWanted());
        assertFalse(freezer().isReached(), "not all are stopped yet");
        file("freezer.state", "FROZEN");
        assertTrue(freezer().isReached());
    }

    @Test
    void aCgroupAboveMayBeStopped() throws IOException {
        file("freezer.state", "FROZEN");
        file("freezer.self_freezing", "0");
        assertFalse(freezer().isWanted(), "nobody wants that of this one");
    }

    @Test
    void inVersion2WhatIsWantedAndWhatIsAreTwoFiles() throws IOException {
        file("cgroup.freeze", "1");
        file("cgroup.events", "populated 1\nfrozen 0");
        assertTrue(freezer().isWanted());
        assertFalse(freezer().isReached());
        file("cgroup.events", "populated 1\nfrozen 1");
        assertTrue(freezer().isReached());
    }

    @Test
    void whoGoesOnNeedNotBeThere() throws IOException {
        file("freezer.state", "THAWED");
        var file = folder.resolve("freezer.state").toString();
        assertEquals(new HostStep.WriteCgroup(file, "FROZEN"), freezer().freeze(true));
        assertEquals(new HostStep.WriteCgroup(file, "THAWED", true), freezer().freeze(false));
        assertEquals(Optional.empty(), Freezer.of(List.of("/nowhere")));
    }
}
