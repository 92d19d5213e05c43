"""Tokens of Russian text with their dictionary forms, cut by spaCy's rules for Russian."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language

from nlu.lemmas import lemma
from nlu.normaliser import NORMALISED


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class RussianTokenizer(Tokenizer):
    """Cuts the normalised text (the text itself where there is none) and puts the lemma on each token."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's own options of a tokenizer."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        """`config` as in `get_default_config`."""
        super().__init__(config)
        self._nlp = _rules()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RussianTokenizer:
        """A tokenizer with this configuration."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Tokens of one attribute of the message, in order; none for blank text."""
        text = str(message.get(NORMALISED) or message.get(attribute) or "")
        return [
            Token(t.text, t.idx, t.idx + len(t.text), lemma=lemma(t.text))
            for t in self._nlp.make_doc(text)
            if not t.is_space
        ]


@lru_cache(maxsize=1)
def _rules() -> Language:
    return spacy.blank("ru")
