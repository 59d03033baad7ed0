package koker.dist;

import java.io.ByteArrayInputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.util.Map;

/**
 * Rewrites class files that are too old for class data sharing.
 *
 * <p>The runtime refuses to keep classes from before Java 6 in its cache, because they carry no stack maps and need the
 * old verifier. picocli is compiled for Java 5: some 170 classes would be loaded and verified anew at every start.
 */
final class ClassFileUpgrade {
    /** The first version that class data sharing takes. */
    private static final int OLDEST_SHARED = ClassFile.JAVA_6_VERSION;

    private final ClassFile classFile;

    /** The classes are needed to find the common superclass of two types where branches of a method meet. */
    ClassFileUpgrade(Map<String, byte[]> classes) {
        var resolver = ClassHierarchyResolver.ofResourceParsing(type -> {
            var name = type.descriptorString();
            var bytes = classes.get(name.substring(1, name.length() - 1) + ".class");
            return bytes == null ? null : new ByteArrayInputStream(bytes);
        });
        classFile = ClassFile.of(
                ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                ClassFile.ConstantPoolSharingOption.NEW_POOL,
                ClassFile.ClassHierarchyResolverOption.of(resolver.orElse(ClassHierarchyResolver.defaultResolver())));
    }

    /** The class as it is when it is young enough, or else as Java 8 would have it, with stack maps. */
    byte[] upgrade(byte[] bytes) {
        var model = classFile.parse(bytes);
        if (model.majorVersion() >= OLDEST_SHARED) {
            return bytes;
        }
        var transform = ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
                .andThen(ClassTransform.endHandler(builder -> builder.withVersion(ClassFile.JAVA_8_VERSION, 0)));
        var upgraded = classFile.transformClass(model, transform);
        var faults = classFile.verify(upgraded);
        if (!faults.isEmpty()) {
            throw new IllegalStateException("upgrading " + model.thisClass().asInternalName() + ": " + faults);
        }
        return upgraded;
    }
}
