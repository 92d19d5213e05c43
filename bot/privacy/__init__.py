"""Personal data at rest: what is kept where, under which key, for how long, and how it is given out or deleted."""
