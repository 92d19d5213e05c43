"""The portal API: an agency's own site or app talks to the assistant over plain HTTP."""
