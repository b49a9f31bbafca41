"""Numbers whose unit stands in a bracket or table head: their labels, directions and cost."""

from __future__ import annotations

import time

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.claims.assembly import claims_of
from finnlp_zh.stages.claims.figures import find_figures
from finnlp_zh.stages.claims.tables import find_cells
from finnlp_zh.types import Record


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("2024年营业收入（亿元）：35.2；净利润(万元) 1,234.5", ["营业收入", "净利润"]),
        ("单位：亿元\n1 营业收入 35.2 30.1\n其中：利息收入 12.5", ["营业收入", "营业收入", "利息收入"]),
        ("（单位：万吨）\n钢材产量\n10.5", ["钢材产量"]),
        ("银行\t净利润（亿元）\t不良率（%）\n东湖银行\t12.5\t1.1", ["净利润", "不良率"]),
    ],
)
def test_the_words_before_the_bracket_or_of_the_row_are_the_label(text: str, labels: list[str]) -> None:
    figures = find_figures(text)
    assert [text[slice(*figure.label)] for figure in figures if figure.label is not None] == labels
    assert len(figures) == len(labels)


def test_the_label_is_the_metric_of_the_claim() -> None:
    text = "主要指标：营业收入（亿元）：35.2，毛利率(%)：23.1。"
    record = Record(doc_id="t1", text=text, sentences=[(0, len(text))])
    claims = claims_of(record, Features())
    assert [(claim.text, claim.low, claim.unit) for claim in claims] == [("35.2", 3.52e9, "CNY"), ("23.1", 23.1, "%")]
    assert [text[slice(*claim.metric)] for claim in claims if claim.metric is not None] == ["营业收入", "毛利率"]


def test_the_sign_under_a_head_of_change_is_the_direction() -> None:
    figures = find_figures("营业收入同比（%）5.3，净利润同比（%）-3.2，毛利率（%）23.1")
    assert [figure.change for figure in figures] == ["increase", "decrease", None]


@pytest.mark.parametrize(
    "piece", ["（元）", "（亿元）35.2 ", "35.2 ", "单位：亿元\n", "名 数（元）\n", "甲 3.2\n", " ", "-", "（"]
)
def test_hostile_text_costs_linear_time(piece: str) -> None:
    for lead in ("单位：亿元\n", "甲 乙（元）\n", "（元）"):
        started = time.perf_counter()
        find_cells(lead + piece * 10_000)
        assert time.perf_counter() - started < 3.0
