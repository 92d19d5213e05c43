"""The Rasa component around the intent model: trains it, keeps it in the model archive, ranks intents of messages."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.intents import IntentModel
from nlu.normaliser import NORMALISED
from nlu.text import normalise
from nlu.wishes import two_wishes

_FILE = "intents.pickle"
_VECTORS = "phrases.npz"
_ROOT = Path(__file__).resolve().parents[1]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CitizenIntentClassifier(GraphComponent, IntentClassifier):
    """Names the wish behind a message and ranks the others."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`ranking`: how many intents are reported; `remember`: whether sentence vectors are kept for the next training."""
        return {"ranking": 10, "remember": True}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CitizenIntentClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: IntentModel | None = None,
    ) -> None:
        """`model` is given when a trained archive is loaded."""
        self._config = {**self.get_default_config(), **config}
        self._model_storage, self._resource, self._model = model_storage, resource, model

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the phrases of the training data and keep the model in the archive."""
        examples = [m for m in training_data.intent_examples if m.get(TEXT)]
        if len({m.get(INTENT) for m in examples}) < 2:
            return self._resource
        phrases = [str(m.get(NORMALISED) or normalise(m.get(TEXT))) for m in examples]
        store = _cache() / _VECTORS if self._config["remember"] else None
        self._model = IntentModel.train(phrases, [m.get(INTENT) for m in examples], store)
        with self._model_storage.write_to(self._resource) as folder, (folder / _FILE).open("wb") as file:
            # Not joblib: its reader is written in Python, and takes a second during which a running Rasa answers nobody.
            pickle.dump(self._model, file, protocol=5)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CitizenIntentClassifier:
        """The classifier as it was trained; one that names nothing if the archive has no model."""
        model = None
        try:
            with model_storage.read_from(resource) as folder:
                if (folder / _FILE).exists():
                    # The archive is our own: whoever may write there may run code already.
                    with (folder / _FILE).open("rb") as file:
                        model = pickle.load(file)  # noqa: S301
        except ValueError:
            pass
        return cls(config, model_storage, resource, model)

    def process(self, messages: list[Message]) -> list[Message]:
        """Messages with intent and ranking set, and a second wish as `also`; one that says nothing («…») gets no intent."""
        for message in messages:
            text = str(message.get(NORMALISED) or "")
            found = self._model.ranking(text) if self._model is not None else []
            ranking = [
                {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: score}
                for name, score in found[: int(self._config["ranking"])]
            ]
            best = ranking[0] if ranking else {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
            if self._model is not None and (wishes := two_wishes(text, found, self._model.ranking)):
                # The scenario that is begun second would swallow the question, so the question becomes the intent.
                best = {INTENT_NAME_KEY: wishes[0], PREDICTED_CONFIDENCE_KEY: best[PREDICTED_CONFIDENCE_KEY]}
                ranking = [best, *(entry for entry in ranking if entry[INTENT_NAME_KEY] not in wishes)]
                message.set("also", wishes[1], add_to_output=True)
            message.set(INTENT, best, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def _cache() -> Path:
    """The checkout's folder of things that may be deleted at any time; the same as `app.paths.Layout.cache`."""
    elsewhere = os.environ.get("OTKLIK_STATE")
    return (Path(elsewhere).expanduser() if elsewhere else _ROOT / ".otklik") / "cache"
