/** What koker's words mean: texts on steps, system calls, flags and errors. They are read only when somebody asks. */
package koker.guide;
