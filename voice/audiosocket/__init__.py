"""A call over Asterisk's AudioSocket: the frames, and the server that takes them."""
