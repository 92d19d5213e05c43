"""The first Rasa component: repairs the citizen's text once, so that all later components read the same words."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.text import normalise

NORMALISED = "normalised"
"""The message key of the repaired text. TEXT itself stays as the citizen wrote it."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class RussianNormaliser(GraphComponent):
    """Sets `normalised` on every message: layout repaired, invisible and look-alike characters gone."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RussianNormaliser:
        """A normaliser; it has no settings."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Messages with `normalised` set; one without text gets an empty one."""
        for message in messages:
            message.set(NORMALISED, normalise(str(message.get(TEXT) or "")))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The same for training phrases, so that both are read alike."""
        self.process([m for m in training_data.training_examples if m.get(TEXT)])
        return training_data
