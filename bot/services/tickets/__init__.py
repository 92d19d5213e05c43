"""Complaints in free words: their topic, their number and term, known incidents instead of duplicates."""
