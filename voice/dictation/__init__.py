"""What the caller's words and keys mean: from speech and telephone keys to the text the dialogue would read if it were typed."""
