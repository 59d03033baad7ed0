/** What koker did, as lines that a reader can follow: the story, and below it every system call. */
package koker.trace;
