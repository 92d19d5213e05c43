"""The studio's work outside the pages: trainings, trials and publications of one assistant."""
