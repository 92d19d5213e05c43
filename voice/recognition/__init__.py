"""Words out of sound."""
