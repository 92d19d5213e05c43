"""Tests; a package by name, since a library of ours installs a package `tests` of its own."""
