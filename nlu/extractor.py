"""The Rasa component that finds entities in Russian messages: dates, places, people, numbers, services."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.entities import Gazetteer, extract
from nlu.entities.content import FILES as CONTENT_FILES
from nlu.text import normalise

logger = logging.getLogger(__name__)

_FILE = "gazetteer.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class CitizenEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Finds entities by rules and by the editors' names of things; "training" reads those names into the model.

    A message may carry `metadata`: "now" (ISO 8601, when it was written) and "expected" (the slot just asked for).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`content`: folder of the editors' YAML, from the project root; `timezone`: of dates without one."""
        return {"content": "bot/content", "timezone": "Europe/Moscow"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Hash of the editors' files, so that Rasa's training cache notices a service added since."""
        folder = Path(str({**cls.get_default_config(), **config}["content"]))
        digest = hashlib.sha256()
        for name in CONTENT_FILES:
            file = folder / name
            digest.update(file.read_bytes() if file.is_file() else b"-")
        return digest.hexdigest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CitizenEntityExtractor:
        """A component that knows no names yet; `train` reads them."""
        return cls(config, model_storage, resource)

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        gazetteer: Gazetteer | None = None,
    ) -> None:
        """`gazetteer` is given when a trained model is loaded."""
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._gazetteer = gazetteer or Gazetteer([])
        self._timezone = ZoneInfo(str(self._config["timezone"]))

    def train(self, training_data: TrainingData) -> Resource:
        """Reads the editors' content and keeps it in the model; the training phrases are not used."""
        content = Path(str(self._config["content"]))
        if not content.is_dir():
            logger.warning("entity extractor: no content folder %s, names of services and places stay unknown", content)
        self._gazetteer = Gazetteer.from_folder(content)
        with self._model_storage.write_to(self._resource) as folder:
            text = json.dumps(self._gazetteer.to_dict(), ensure_ascii=False)
            (folder / _FILE).write_text(text, encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CitizenEntityExtractor:
        """The component as it was trained; without its names if the model does not hold them."""
        gazetteer = None
        try:
            with model_storage.read_from(resource) as folder:
                gazetteer = _gazetteer((folder / _FILE).read_text(encoding="utf-8"))
        except (ValueError, KeyError, OSError):
            logger.warning("entity extractor: the model holds no names of services and places; train again")
        return cls(config, model_storage, resource, gazetteer)

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds entities to each message, beside those of other extractors; offsets are in the normalised text."""
        for message in messages:
            entities = self._entities(message)
            message.set(ENTITIES, (message.get(ENTITIES) or []) + entities, add_to_output=True)
        return messages

    def _entities(self, message: Message) -> list[dict[str, Any]]:
        metadata = message.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        expected = metadata.get("expected")
        try:
            text = message.get("normalised")
            if not isinstance(text, str):
                text = normalise(str(message.get(TEXT) or ""))
            found = extract(text, self._now(metadata), self._gazetteer, expected if isinstance(expected, str) else None)
        except Exception as error:
            # A message without entities can still be answered; one that fails cannot. The text stays out of the log.
            logger.error("entity extractor failed: %s", type(error).__name__)
            return []
        return self.add_extractor_name([{**entity, "confidence": 1.0} for entity in found])

    def _now(self, metadata: dict[str, Any]) -> datetime:
        """When the message was written: from its metadata, else now; always with a time zone."""
        try:
            now = datetime.fromisoformat(str(metadata["now"]).replace("Z", "+00:00"))
        except (KeyError, ValueError):
            return datetime.now(self._timezone)
        # The offset it came with is the citizen's own: «в три» is three o'clock there, not in the region's capital.
        return now if now.tzinfo else now.replace(tzinfo=self._timezone)


@lru_cache(maxsize=2)
def _gazetteer(text: str) -> Gazetteer:
    """The names of a model. Most editions have those of the one before, which then need not be made again beside running turns."""
    return Gazetteer.from_dict(json.loads(text))
