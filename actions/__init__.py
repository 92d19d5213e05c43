"""Rasa custom actions: thin translators between the dialogue's slots and the services. All sentences are in domain.yml."""
