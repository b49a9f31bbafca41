"""What holds of the entity stage for any text: spans apart and in bounds, same output every time and in any batch."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.entities import EntityStage
from finnlp_zh.types import Layer, Record, check

STAGE = EntityStage()

PIECES = (
    "江苏云帆新材料股份有限公司", "（以下简称“云帆新材”）", "(688999.SH)", "*ST海澜", "财政部", "部长", "董事长",
    "兼", "、", "周明远", "让-诺埃尔·巴罗", "表示，", "《关于完善管理的意见》", "记者 林晓", "财政部会计司", "美国",
    "苏州市", "银行", "公司", "清华大学经济管理学院", "的", "和", "。", "\n", "“", "”", "（", "）", " ", "7月5日",
    "Bright Harbor Capital Ltd.", "🚀", "𠮷",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60)


def _layer(text: str) -> Layer:
    return STAGE.predict([Record("any", text)], [Features()])[0]


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_spans_are_exact_apart_and_in_order(text: str) -> None:
    layer = _layer(text)
    assert isinstance(layer.entities, list)
    assert isinstance(layer.titles, list)
    record = Record("any", text, entities=layer.entities, titles=layer.titles)
    check(record)
    spans = sorted([m.span for entity in layer.entities for m in entity.mentions] + list(layer.titles))
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    firsts = [min(m.span for m in entity.mentions) for entity in layer.entities]
    assert firsts == sorted(firsts)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_entities_are_consistent(text: str) -> None:
    layer = _layer(text)
    assert isinstance(layer.entities, list)
    people = ("PERSON", "OFFICIAL")
    ids = {entity.id: entity for entity in layer.entities}
    for entity in layer.entities:
        assert all(0 <= m.score <= 1 for m in entity.mentions)
        assert all((m.kind == "name") == (m.text == entity.name) for m in entity.mentions)
        assert (entity.role is not None) == (entity.type in people)
        if entity.affiliation is not None:
            assert ids[entity.affiliation].type in ("ORG", "REGULATOR")


@given(st.lists(TEXTS, max_size=5))
@settings(max_examples=40, deadline=None)
def test_output_depends_on_the_article_alone(texts: list[str]) -> None:
    records = [Record(str(index), text) for index, text in enumerate(texts)]
    together = STAGE.predict(records, [Features()] * len(records))
    assert together == [_layer(text) for text in texts]


def test_time_grows_with_length_alone() -> None:
    article = "".join(PIECES) + "控股股东向银行质押股份，" * 20
    short, long = (_seconds(article * times) for times in (10, 80))
    assert long < 8 * max(short, 0.01) * 4


def _seconds(text: str) -> float:
    """Give the best of three runs: one may meet a garbage collection of all that earlier tests left."""
    spent = []
    for _ in range(3):
        started = time.process_time()
        _layer(text)
        spent.append(time.process_time() - started)
    return min(spent)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "（（（（", "）", "》《", "·····", "有限公司", "、、、", "部长", "（以下简称“"]
)
def test_fragments_give_no_mention(text: str) -> None:
    assert _layer(text).entities == []
