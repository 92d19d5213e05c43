"""Between robot and human: who answers a conversation, who waits for whom, and every step from one to the other."""
