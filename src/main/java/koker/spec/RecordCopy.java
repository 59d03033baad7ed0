package koker.spec;

import java.lang.reflect.RecordComponent;
import java.util.stream.Stream;

/** Records that differ from others in one component, so that whoever has twenty need not name the nineteen others. */
public final class RecordCopy {
    private RecordCopy() {}

    /**
     * {@code original}, but for {@code component}, which is {@code value}.
     *
     * @throws IllegalArgumentException if there is no such component, or it cannot be that
     */
    public static <T extends Record> T with(T original, String component, Object value) {
        var components = original.getClass().getRecordComponents();
        var values = new Object[components.length];
        var found = false;
        for (var i = 0; i < values.length; i++) {
            var same = components[i].getName().equals(component);
            values[i] = same ? value : get(original, components[i]);
            found |= same;
        }
        if (!found) {
            throw new IllegalArgumentException(original.getClass().getSimpleName() + " has no " + component);
        }
        try {
            var constructor = original.getClass()
                    .getDeclaredConstructor(
                            Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            @SuppressWarnings("unchecked")
            var copy = (T) constructor.newInstance(values);
            return copy;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What {@code component} of {@code record} is. */
    static Object get(Record record, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
