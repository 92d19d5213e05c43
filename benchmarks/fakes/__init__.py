"""Stand-ins for servers that cannot be reached from here: real HTTP over loopback, and they refuse what the real ones refuse."""
