"""A call over Asterisk's AudioSocket: the frames, the server that takes calls, and a caller that plays Asterisk's part."""
