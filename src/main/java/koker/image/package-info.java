/** Images: what they are called, where they are kept, and how their layers are unpacked. */
package koker.image;
