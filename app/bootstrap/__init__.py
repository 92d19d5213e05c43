"""Sets up the two environments before anything can be imported: standard library only, Python 3.8 and newer."""
