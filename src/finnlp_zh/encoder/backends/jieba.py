"""jieba: words and parts of speech by dictionary and HMM (MIT licence)."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence

from finnlp_zh.encoder.backends.base import Analysis, align, map_pos
from finnlp_zh.errors import ResourceError
from finnlp_zh.types import Token


class JiebaBackend:
    """Words and parts of speech; no names."""

    def __init__(self) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # jieba imports pkg_resources and writes invalid escapes
                import jieba
                import jieba.posseg
        except ImportError as error:
            raise ResourceError("the jieba backend needs jieba: pip install jieba") from error
        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
        self._cut = jieba.posseg.lcut
        self.id = f"jieba {jieba.__version__}"

    def analyse(self, texts: Sequence[str]) -> list[Analysis]:
        """Give words with Universal Dependencies tags."""
        return [Analysis(words=self._words(text)) for text in texts]

    def _words(self, text: str) -> list[Token]:
        pairs = [(word, flag) for word, flag in self._cut(text) if word.strip()]
        spans = align(text, [word for word, _ in pairs])
        rows = zip(spans, pairs, strict=True)
        return [Token(start, end, _pos(word, flag)) for (start, end), (word, flag) in rows if start < end]


def _pos(word: str, flag: str) -> str | None:
    # jieba flags punctuation as x, like anything else that it does not know.
    return map_pos(flag) if any(map(str.isalnum, word)) else "PUNCT"
