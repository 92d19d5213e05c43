"""The doors citizens come through: each turns its own protocol into `bot.messages` and back."""
