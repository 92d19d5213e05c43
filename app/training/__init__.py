"""The trained model: whether it is fresh, what is wrong in the training files, and making a new one."""
