"""Text for the ear: makes the robot's written replies sayable, short enough to remember, and easy to choose from."""
