"""Runs the two processes of the house, watches over them and stops them together."""
