"""Explanations name the evidence, the rule and what overruled it."""

import msgspec

from finnlp_zh.encoder.features import Features
from finnlp_zh.report.explanation import explain
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.risks import RiskStage
from finnlp_zh.stages.stance import StanceStage
from finnlp_zh.types import Quote, Record

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
