"""Everything the robot knows beside phrases and answers, as records of kinds that editors change in forms and tables."""
