"""Sentences and words: the first stage, on which every other builds."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import ahocorasick

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.lexicon import LexiconEntry, read_lexicon
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.segmentation.words import decode_words
from finnlp_zh.types import Layer, Record, Span, Token

# Without a model every character is a word of its own, but a run of Latin letters or digits is one.
_PLAIN_WORDS = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*|\S")


_VERSION = "1"


class SegmentationStage:
    """Sentences by punctuation; words and parts of speech (Universal Dependencies) by the encoder's heads.

    ``lexicon`` holds the user's own names, or is the path of a file of them: each is one word wherever it stands.
    """

    name = "segmentation"
    requires = frozenset({"text"})
    provides = frozenset({"sentences", "tokens"})

    def __init__(self, *, lexicon: Path | Iterable[LexiconEntry] = ()) -> None:
        own = read_lexicon(lexicon) if isinstance(lexicon, Path) else list(lexicon)
        forms = sorted({entry.form for entry in own})
        self._forms = _automaton(forms) if forms else None
        # Another lexicon gives another output: a resumed run must see it.
        self.version = f"{_VERSION}+{sha256(repr(forms).encode()).hexdigest()[:8]}" if forms else _VERSION

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give sentences and tokens for every article."""
        return [
            Layer(sentences=split_sentences(doc.text), tokens=self._words(doc.text, feature))
            for doc, feature in zip(docs, features, strict=True)
        ]

    def _words(self, text: str, features: Features) -> list[Token]:
        if "words" in features:
            tokens = decode_words(text, features)
        else:
            tokens = [Token(match.start(), match.end()) for match in _PLAIN_WORDS.finditer(text)]
        if self._forms is None:
            return tokens
        return _with_names(tokens, [(end + 1 - size, end + 1) for end, size in self._forms.iter_long(text)])


def _automaton(forms: Sequence[str]) -> Any:
    automaton = ahocorasick.Automaton()
    for form in forms:
        automaton.add_word(form, len(form))
    automaton.make_automaton()
    return automaton


def _with_names(tokens: list[Token], names: Sequence[Span]) -> list[Token]:
    """Make each name one word; of a word that a name cuts, the rest stays."""
    result: list[Token] = []
    waiting = deque(names)
    for token in tokens:
        start = token.start
        while waiting and waiting[0][0] < token.end:
            name_start, name_end = waiting[0]
            if start < name_start:
                result.append(Token(start, name_start, token.pos))
            if not result or result[-1].end < name_end:
                result.append(Token(name_start, name_end, "PROPN"))
            start = max(start, min(name_end, token.end))
            if name_end > token.end:
                break
            waiting.popleft()
        if start < token.end:
            result.append(Token(start, token.end, token.pos))
    return result
