"""What can go wrong at a terminal and be put right by the person there, said in one line."""


class Problem(Exception):
    """The text is one plain Russian line that says what to do. Nothing else is shown to the user."""
