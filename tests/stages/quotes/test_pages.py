"""Pages set in columns: lines joined for the rules, spans brought back to the article."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.quotes import QuoteStage
from finnlp_zh.stages.quotes.pages import Page
from finnlp_zh.types import Entity, Mention, Record

LINES = (
    "东湖市的保险公司在过去一年里面临很大压",
    "力，多家公司的利润下降。业内人士对记者表",
    "示，今年的情况会好一些，但是竞争仍然激烈",
    "，费率还在走低。南山大学教授王凯也多次指",
    "出，健康险的赔付率还会上升，公司需要提高",
    "定价的能力，同时还要控制渠道的费用支出以",
    "及理赔端的支出，不然很难盈利。这是全行业",
    "都要面对的问题，短期内看不到根本性的改变",
)


def record_of(text: str, name: str) -> Record:
    start = text.index(name)
    mention = Mention("m1", (start, start + len(name)), name, "name")
    return Record(
        "page", text, entities=[Entity("e1", "PERSON", name, mentions=[mention])], titles=[(start - 2, start)]
    )


def test_lines_are_joined_and_spans_come_back() -> None:
    doc = record_of("\n".join(LINES), "王凯")
    heads = Features({"cue": np.arange(len(doc.text), dtype=np.float32)[:, None]}, {"cue": ("O",)})
    page = Page.of(doc, heads)
    assert page.doc.text == "".join(LINES)
    (mention,) = page.doc.entities[0].mentions
    assert page.doc.text[slice(*mention.span)] == mention.text == "王凯"
    assert page.back([mention.span]) == [doc.entities[0].mentions[0].span]
    assert [page.doc.text[slice(*span)] for span in page.doc.titles] == ["教授"]
    assert len(page.features.logits["cue"]) == len(page.doc.text)
    assert [doc.text[int(row[0])] for row in page.features.logits["cue"]] == list(page.doc.text)


def test_a_name_broken_by_a_line_is_whole_and_comes_back_broken() -> None:
    lines = [
        *LINES[:3],
        "，费率还在走低。南山大学教授刘晓的团队王",
        "凯表示，健康险的赔付率还会上升，公司要提",
        *LINES[5:],
    ]
    doc = record_of("\n".join(lines), "王\n凯")
    assert Page.of(doc, Features()).doc.entities[0].mentions[0].text == "王凯"
    layer = QuoteStage().predict([doc], [Features()])[0]
    assert isinstance(layer.entities, list)
    assert [(mention.span, mention.text) for mention in layer.entities[0].mentions] == [((81, 84), "王\n凯")]


def test_a_text_without_columns_is_left_alone() -> None:
    doc = Record("plain", "王凯表示，产能过剩。\n李岩认为，价格见底。")
    page = Page.of(doc, Features())
    assert page.doc is doc
    assert page.back([(0, 2)]) == [(0, 2)]


def test_latin_words_keep_a_space() -> None:
    lines = [
        *LINES[:3],
        "，费率还在走低。南山大学的教授提到 Bloom",
        "Energy Systems，健康险的赔付率会上升一些",
        *LINES[5:],
    ]
    text = Page.of(Record("latin", "\n".join(lines)), Features()).doc.text
    assert "Bloom Energy" in text


@given(st.lists(st.text("保险公司指出，。“”A1 ", min_size=12, max_size=24), min_size=8, max_size=14))
def test_every_character_but_the_line_ends_is_kept(lines: list[str]) -> None:
    doc = Record("any", "\n".join(lines))
    page = Page.of(doc, Features())
    kept = page.back([(at, at + 1) for at in range(len(page.doc.text))])
    assert [start for start, _ in kept] == sorted({start for start, _ in kept})
    left_out = set(range(len(doc.text))) - {start for start, _ in kept}
    assert {doc.text[at] for at in left_out} <= {"\n"}
