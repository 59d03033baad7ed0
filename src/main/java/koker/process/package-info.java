/** Processes that koker has started, as it attends to them: their streams, their terminal, the signals for them, and how they end. */
package koker.process;
