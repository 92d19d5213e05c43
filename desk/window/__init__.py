"""The operator's single window: who waits, what one holds, and the opened talk with everything one can do in it."""
