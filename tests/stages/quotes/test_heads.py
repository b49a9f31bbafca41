"""How the learned heads and the rules meet: heads add what they are sure of, and fell only weak rules."""

from __future__ import annotations

import numpy as np
import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.quotes import QuoteStage
from finnlp_zh.stages.quotes.heads import HeadEvidence
from finnlp_zh.types import Entity, Mention, Quote, Record, Span

LABELS = ("O", "B", "I")


def features_of(text: str, inside: dict[str, list[Span]]) -> Features:
    """Give heads that are sure of the spans in ``inside`` and of nothing else."""
    logits = {}
    for head in ("content", "cue", "speaker"):
        rows = np.zeros((len(text), 3), np.float32)
        rows[:, 0] = 8
        for start, end in inside.get(head, []):
            rows[start:end] = (0, 0, 8)
            rows[start] = (0, 8, 0)
        logits[head] = rows
    return Features(logits, dict.fromkeys(logits, LABELS))


def quotes_of(text: str, features: Features) -> list[Quote]:
    start = text.find("王凯")
    entity = Entity("e1", "PERSON", "王凯", mentions=[Mention("m1", (start, start + 2), "王凯", "name")])
    record = Record("heads", text, sentences=split_sentences(text), entities=[entity] if start >= 0 else [])
    quotes = QuoteStage().predict([record], [features])[0].quotes
    assert isinstance(quotes, list)
    return quotes


def span_of(text: str, words: str) -> Span:
    start = text.index(words)
    return start, start + len(words)


def test_heads_open_a_quote_that_no_rule_reads() -> None:
    text = "投资人王凯这担心，价格已经见底。"
    assert quotes_of(text, Features()) == []
    inside = {"cue": [span_of(text, "担心")], "content": [span_of(text, "价格已经见底")]}
    (quote,) = quotes_of(text, features_of(text, inside))
    assert (quote.rule, quote.content, quote.cue) == ("heads", inside["content"], inside["cue"][0])
    assert quote.speaker is not None
    assert quote.speaker.span == span_of(text, "王凯")


def test_unsure_heads_open_nothing() -> None:
    text = "投资人王凯这担心，价格已经见底。"
    inside = {"cue": [span_of(text, "担心")], "content": [span_of(text, "价格")]}
    assert quotes_of(text, features_of(text, inside)) == []


def test_heads_do_not_fell_a_strong_rule() -> None:
    text = "王凯表示，价格已经见底。"
    (quote,) = quotes_of(text, features_of(text, {}))
    assert quote.rule == "cue"
    assert quote.score < 0.95


def test_heads_fell_a_weak_rule() -> None:
    text = "恒泰商事表示，价格已经见底。"
    assert [quote.cue for quote in quotes_of(text, Features())] == [span_of(text, "表示")]
    assert quotes_of(text, features_of(text, {})) == []


def test_agreement_raises_the_score() -> None:
    text = "王凯表示，价格已经见底。"
    (denied,) = quotes_of(text, features_of(text, {}))
    (agreed,) = quotes_of(text, features_of(text, {"content": [span_of(text, "价格已经见底")]}))
    assert denied.score < agreed.score <= 1


def test_evidence_without_heads_is_silent() -> None:
    evidence = HeadEvidence(Features())
    assert not evidence.known
    assert not evidence.reports((0, 1), [(1, 2)])
    with pytest.raises(KeyError):
        evidence.mean("cue", [(0, 1)])
