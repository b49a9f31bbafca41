"""Words: the user's own names are one word each, and nothing else changes."""

from __future__ import annotations

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.lexicon import LexiconEntry
from finnlp_zh.stages.segmentation import SegmentationStage, _with_names
from finnlp_zh.types import Record, Token

TEXT = "星河数科与星河数科云签约。"


def _words(lexicon: list[LexiconEntry]) -> list[str]:
    (layer,) = SegmentationStage(lexicon=lexicon).predict([Record("a", TEXT)], [Features()])
    return [TEXT[token.start : token.end] for token in layer.tokens]  # type: ignore[union-attr]


def test_own_names_are_one_word() -> None:
    own = [LexiconEntry("星河数科", "ORG"), LexiconEntry("星河数科云", "ORG")]
    assert _words(own) == ["星河数科", "与", "星河数科云", "签", "约", "。"]
    assert "".join(_words([])) == TEXT


@pytest.mark.parametrize(
    ("words", "name", "expected"),
    [
        ([(0, 2), (2, 4), (4, 6)], (2, 4), [(0, 2), (2, 4), (4, 6)]),
        ([(0, 3), (3, 6)], (2, 4), [(0, 2), (2, 4), (4, 6)]),
        ([(0, 6)], (2, 4), [(0, 2), (2, 4), (4, 6)]),
        ([(0, 1), (1, 2), (2, 3)], (0, 3), [(0, 3)]),
        ([(0, 2), (2, 4)], (0, 4), [(0, 4)]),
    ],
)
def test_words_are_cut_at_names(
    words: list[tuple[int, int]], name: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    found = _with_names([Token(start, end) for start, end in words], [name])
    assert [(token.start, token.end) for token in found] == expected


def test_version_tells_lexicons_apart() -> None:
    assert SegmentationStage().version != SegmentationStage(lexicon=[LexiconEntry("星河数科", "ORG")]).version
