"""Sentences and words: the first stage, on which every other builds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from finnlp_zh.encoder.features import Features
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.segmentation.words import decode_words
from finnlp_zh.types import Layer, Record, Token

# Without a model every character is a word of its own, but a run of Latin letters or digits is one.
_PLAIN_WORDS = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*|\S")


class SegmentationStage:
    """Sentences by punctuation; words and parts of speech (Universal Dependencies) by the encoder's heads."""

    name = "segmentation"
    version = "1"
    requires = frozenset({"text"})
    provides = frozenset({"sentences", "tokens"})

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give sentences and tokens for every article."""
        return [
            Layer(sentences=split_sentences(doc.text), tokens=_words(doc.text, feature))
            for doc, feature in zip(docs, features, strict=True)
        ]


def _words(text: str, features: Features) -> list[Token]:
    if "words" in features:
        return decode_words(text, features)
    return [Token(match.start(), match.end()) for match in _PLAIN_WORDS.finditer(text)]
