"""What holds for any text: spans in bounds, contents with characters, purity, the same answer twice, linear time."""

from __future__ import annotations

import copy
import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finnlp_zh.encoder.features import Features
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.quotes import QuoteStage
from finnlp_zh.stages.quotes.passage import Passage
from finnlp_zh.types import Entity, Layer, Mention, Record, check, encode

STAGE = QuoteStage()
NAMES = [
    "王凯",
    "恒远科技",
    "业内人士",
    "该行",
    "公司",
    "他",
    "其",
    "美国媒体",
    "工信部有关负责人",
    "蓝湾银行首席策略师林睿",
    "年报",
    "数据",
]
CUES = [
    "表示",
    "称",
    "认为",
    "公告",
    "报道",
    "显示",
    "要求",
    "预计",
    "透露",
    "告诉记者",
    "发布公告",
    "据",
    "根据",
    "在",
    "看来",
]
LEADS = ["发布公告", "据", "根据", "在", "看来"]
MARKS = ["，", "。", "；", "：", "“", "”", "「", "」", "‘", "’", "（", "）", "《", "》", "\n", " "]
WORDS = ["没有", "拒绝", "同时", "但", "订单饱满", "3月5日晚间", "1、", "一是"]
PIECES = [*NAMES, *CUES, *LEADS, *MARKS, *MARKS, *WORDS]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def record_of(text: str) -> Record:
    entities = []
    for number, (name, kind) in enumerate(
        [("王凯", "PERSON"), ("恒远科技", "ORG"), ("工信部", "REGULATOR"), ("银行首席", "ORG")], 1
    ):
        starts = [at for at in range(len(text)) if text.startswith(name, at)]
        mentions = [Mention(f"m{number}.{at}", (at, at + len(name)), name, "name") for at in starts]
        if mentions:
            entities.append(Entity(f"e{number}", kind, name, mentions=mentions))
    return Record("property", text, sentences=split_sentences(text), entities=entities)


def predict(record: Record) -> Layer:
    return STAGE.predict([record], [Features()])[0]


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_every_record_is_sound(text: str) -> None:
    record = record_of(text)
    layer = predict(record)
    assert isinstance(layer.quotes, list)
    assert isinstance(layer.entities, list)
    record.quotes, record.entities = layer.quotes, layer.entities
    check(record)
    for quote in layer.quotes:
        assert quote.content
        assert all(start < end for start, end in quote.content)
        assert sorted(quote.content) == quote.content
        assert quote.cue is None or quote.cue[0] < quote.cue[1]
        assert 0 < quote.score <= 1
        assert quote.rule
    ids = [mention.id for entity in layer.entities for mention in entity.mentions]
    assert sorted(ids, key=lambda id_: int(id_[1:])) == [f"m{number}" for number in range(1, len(ids) + 1)]
    spans = sorted(mention.span for entity in layer.entities for mention in entity.mentions)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_changes_nothing_and_says_the_same_twice(text: str) -> None:
    record = record_of(text)
    kept = copy.deepcopy(record)
    first = predict(record)
    assert record == kept
    second = predict(record)
    assert (first.quotes, first.entities) == (second.quotes, second.entities)


@given(st.text(alphabet="“”「」『』‘’\n字。", max_size=80))
@settings(max_examples=200, deadline=None)
def test_quotation_marks_pair_within_their_paragraph(text: str) -> None:
    pairs = Passage(Record("marks", text)).pairs
    for opened, close in pairs.items():
        assert text[opened] in "“「『‘"
        assert opened < close <= len(text)
        assert "\n" not in text[opened:close]


def test_speaks_the_same_in_any_batch() -> None:
    records = [record_of(text) for text in ("王凯表示，订单饱满。", "", "公告称，停牌。", "“涨。”王凯说。")]
    together = STAGE.predict(records, [Features()] * len(records))
    alone = [predict(record) for record in records]
    assert [(layer.quotes, layer.entities) for layer in together] == [(layer.quotes, layer.entities) for layer in alone]


HOSTILE = {
    "opening marks": "“" * 100_000,
    "closing marks": "”" * 100_000,
    "nested marks": "“‘" * 25_000 + "’”" * 25_000,
    "interleaved marks": "“「”」" * 25_000,
    "quotations": "“订单饱满。”王凯说。" * 2_000,
    "unclosed quotations": "王凯说：“订单饱满。" * 2_000,
    "cues": "表示称认为指出" * 14_000,
    "chained reports": "王凯表示，" * 4_000,
    "adverbials": "王凯在会上在会上" * 4_000 + "表示，涨。",
    "modifiers": "有关" * 50_000 + "负责人表示，涨。",
    "colons": "王凯：" * 8_000,
    "brackets": "（" * 100_000,
    "titles": "《" * 100_000,
    "one clause": "据" * 30_000,
    "list": "王凯提醒：\n" + "1、订单\n" * 15_000,
    "headline": "王凯：" + "涨" * 99_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_takes_linear_time(name: str) -> None:
    text = HOSTILE[name]
    started = time.perf_counter()
    layer = predict(Record("hostile", text, sentences=split_sentences(text)))
    assert time.perf_counter() - started < 30, name
    assert encode(Record("hostile", text, quotes=layer.quotes if isinstance(layer.quotes, list) else []))
