"""When the caller speaks, when she is done, and when she means to interrupt."""
