package koker.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import koker.image.Digest;

/** Which containers use an image. */
record ImageUsers(Home home) {
    /** The containers, by name if they have one, of the image with that ID. */
    List<String> of(Digest id) {
        return states().stream()
                .filter(state -> id.toString().equals(state.imageId()))
                .map(state -> state.name() == null ? state.id() : state.name())
                .toList();
    }

    /** The IDs of the images that containers use. */
    List<String> ids() {
        return states().stream().map(State::imageId).distinct().toList();
    }

    private List<State> states() {
        var states = new ArrayList<State>();
        if (!Files.isDirectory(home.containers())) {
            return states;
        }
        try (var folders = Files.newDirectoryStream(home.containers())) {
            for (var folder : folders) {
                var container = new ContainerFolder(folder.getFileName().toString(), folder);
                // Without a state it has only been begun: it looks for its image when it has one.
                if (container.described()) {
                    states.add(container.read());
                }
            }
            return states;
        } catch (IOException e) {
            throw new EngineException("cannot see which images are in use: " + EngineException.reason(e));
        }
    }
}
