"""Sound out of words."""
