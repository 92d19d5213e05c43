"""The editors' studio: drafts of the published project, what is wrong in them, trainings, real phrases, publications."""
