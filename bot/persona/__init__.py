"""How the assistant feels and sounds: notices the citizen's emotion, and says a line of its own now and then."""
