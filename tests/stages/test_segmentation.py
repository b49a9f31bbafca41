"""Words: the user's own names are one word each, and nothing else changes."""

from __future__ import annotations

import pytest

from finnlp_zh.encoder import load
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


ARTICLE = (
    "本报讯 江岸银行昨日公布年度报告。报告显示，全年实现营业收入三十二亿元，同比增长百分之八，净利润与上年基本持平。"
    "该行董事会表示，受市场利率下行影响，净息差继续收窄，但不良贷款率保持稳定，拨备覆盖率有所提高。"
    "业内人士认为，中小银行今年面临的压力仍然较大，需要加快业务转型，严格控制成本，同时防范房地产领域的信用风险。"
    "监管部门有关负责人指出，将引导金融机构加大对科技创新和绿色发展的支持力度，切实提升服务实体经济的能力。"
)


def test_a_whole_article_is_cut_into_words_not_characters() -> None:
    features = load("small", device="cpu").encode([ARTICLE * 3])
    (layer,) = SegmentationStage().predict([Record("a", ARTICLE * 3)], features)
    words = [ARTICLE[token.start : token.end] for token in layer.tokens or [] if token.end <= len(ARTICLE)]
    assert 1.4 < len(ARTICLE) / len(words) < 2.2
    assert {"公布", "增长", "贷款", "影响", "压力", "风险", "支持", "能力"} <= set(words)


def test_version_tells_lexicons_apart() -> None:
    assert SegmentationStage().version != SegmentationStage(lexicon=[LexiconEntry("星河数科", "ORG")]).version
