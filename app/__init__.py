"""The command line, the settings and the composition root: the one room that knows all others."""
