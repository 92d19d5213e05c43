"""Understanding of Russian text for the dialogue: clean-up, numbers, dates and the Rasa components built on them."""
