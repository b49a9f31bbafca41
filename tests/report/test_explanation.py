"""Explanations name the evidence, the rule and what overruled it."""

import msgspec

from finnlp_zh.encoder.features import Features
from finnlp_zh.report.explanation import explain
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.risks import RiskStage
from finnlp_zh.stages.stance import StanceStage
from finnlp_zh.types import Entity, EntityStance, OwnTheme, PolicyTone, Quote, Record

TEXT = "公司因违规被罚款300万元。该公司称，贸易摩擦对公司影响有限。分析师认为，该股前景广阔，值得看好。"


def _annotated() -> Record:
    start = TEXT.index("该股")
    record = Record(
        "case",
        TEXT,
        sentences=split_sentences(TEXT),
        quotes=[Quote("q1", "indirect", [(start, len(TEXT) - 1)])],
    )
    [stances] = StanceStage().predict([record], [Features()])
    [risks] = RiskStage().predict([record], [Features()])
    return msgspec.structs.replace(record, quotes=stances.quotes, risks=risks.risks, themes=risks.themes)


def test_every_label_is_explained() -> None:
    text = "\n".join(explain(_annotated()))
    assert "q1 supportive" in text
    assert "outlook: 前景广阔 看好" in text
    assert "legal 合规、处罚与诉讼风险 realised" in text
    assert "罚款 by the words alone" in text


def test_overruled_rules_are_told() -> None:
    text = "\n".join(explain(_annotated()))
    assert "no geopolitical in: 该公司称，贸易摩擦对公司影响有限。" in text
    assert "said not to matter, left out" in text


def test_record_without_labels_has_only_its_name() -> None:
    assert list(explain(Record("a", "今日无话。", sentences=[(0, 5)]))) == ["# a"]


def test_what_ran_on_request_is_told() -> None:
    text = "央行将下调利率。"
    record = Record("a", text, sentences=[(0, 8)], entities=[Entity("e1", "REGULATOR", "中国人民银行")])
    record.policy = [PolicyTone((0, 8), "easing", True, "e1", [(3, 7)], 0.9)]
    record.stances = [EntityStance("e1", "neutral", 0.8)]
    record.own_themes = [OwnTheme("rates", "potential", (0, 8), [(5, 7)], 0.7)]
    assert list(explain(record)) == [
        "# a",
        "## Policy tone",
        "中国人民银行 easing 0.90, looks forward: 下调利率",
        "    in: 央行将下调利率。",
        "## The article's own attitude",
        "中国人民银行 neutral 0.80",
        "## Own themes",
        "rates potential 0.70: 利率",
        "    in: 央行将下调利率。",
    ]
