"""The core of the assistant: messages, conversations, persona, storage and the state's services."""
