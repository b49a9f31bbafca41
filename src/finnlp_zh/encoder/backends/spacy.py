"""spaCy: any installed or saved pipeline (MIT licence)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finnlp_zh.encoder.backends.base import Analysis, Named, map_entity, map_pos
from finnlp_zh.errors import ResourceError
from finnlp_zh.types import Token


class SpacyBackend:
    """Words, parts of speech and names, each where the pipeline has a component for it.

    Args:
        name: An installed pipeline (``zh_core_web_sm``) or the folder of a saved one.
    """

    def __init__(self, name: str) -> None:
        try:
            import spacy
        except ImportError as error:
            raise ResourceError("the spaCy backend needs spaCy: pip install 'finnlp-zh[spacy]'") from error
        try:
            self._nlp = spacy.load(name)
        except OSError as error:
            raise ResourceError(
                f"spaCy finds no pipeline {name!r}; install it (python -m spacy download {name}) or give its folder"
            ) from error
        meta = self._nlp.meta
        self.id = f"spacy {meta.get('lang')}_{meta.get('name')} {meta.get('version')}"

    def analyse(self, texts: Sequence[str]) -> list[Analysis]:
        """Give words always, and names where the pipeline recognises any kind."""
        has_names = bool({"ner", "entity_ruler", "span_ruler"} & set(self._nlp.pipe_names))
        return [Analysis(_words(doc), _names(doc) if has_names else None) for doc in self._nlp.pipe(texts)]


def _words(doc: Any) -> list[Token]:
    return [
        Token(token.idx, token.idx + len(token), token.pos_ or map_pos(token.tag_))
        for token in doc
        if not token.is_space
    ]


def _names(doc: Any) -> list[Named]:
    return [
        Named(entity.start_char, entity.end_char, label)
        for entity in doc.ents
        if (label := map_entity(entity.label_)) is not None
    ]
