"""Text for the ear: what is written becomes what is said."""
