"""What citizens think of the service they got."""

from bot.services.feedback.feedback import BadRating, Feedback, Rating, Summary

__all__ = ["BadRating", "Feedback", "Rating", "Summary"]
