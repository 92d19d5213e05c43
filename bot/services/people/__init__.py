"""The way to a human: the queue, call-backs and video consultations."""
