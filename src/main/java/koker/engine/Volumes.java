package koker.engine;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import koker.spec.Spec;

/**
 * The folders that an image declares as volumes: each container has its own, beside its root, with what the image has there to begin
 * with.
 *
 * @param declared absolute paths in the image
 * @param replaced mounts of the user's; a volume in the same place is not made
 */
record Volumes(ContainerFolder folder, List<String> declared, List<MountRequest> replaced) {
    /** Where they are to be mounted. */
    List<Spec.Mount> mounts() {
        var mounts = new ArrayList<Spec.Mount>();
        for (var path : declared) {
            var target = Path.of("/").resolve(path).normalize().toString();
            if (replaced.stream()
                    .noneMatch(request -> request.mount().destination().equals(target))) {
                var volume = folder.volumes().resolve(Integer.toString(mounts.size()));
                mounts.add(new Spec.Mount(target, "bind", volume.toString(), List.of("bind")));
            }
        }
        return mounts;
    }

    /** Copies them from the image that has {@code files}. */
    void copy(ImageFiles files) throws IOException {
        for (var mount : mounts()) {
            var volume = Path.of(mount.source());
            Files.createDirectories(folder.volumes());
            var source = files.file(mount.destination());
            if (Files.isDirectory(source)) {
                copy(source, volume);
            } else {
                Files.createDirectory(volume);
                Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    private static void copy(Path source, Path target) throws IOException {
        Files.walkFileTree(source, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                return duplicate(folder);
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                return duplicate(file);
            }

            private FileVisitResult duplicate(Path path) throws IOException {
                var copy = target.resolve(source.relativize(path));
                Files.copy(path, copy, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
