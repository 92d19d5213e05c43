"""Telephone calls: which line answers, who is on it, where the caller goes next, and whom the robot rings up itself."""
