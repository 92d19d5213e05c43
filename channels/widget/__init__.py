"""The web widget: a chat on any page by one script tag, over a WebSocket that resumes where it broke."""
