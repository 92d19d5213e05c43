"""The telephone: carries a call, hears words in it, takes turns, and speaks."""
