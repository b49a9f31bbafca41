"""Who is proposed as a speaker, with which features, and how the ways to choose differ."""

from __future__ import annotations

import numpy as np
import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.quotes import QuoteStage
from finnlp_zh.stages.quotes.candidates import Candidate
from finnlp_zh.stages.quotes.heads import HeadEvidence
from finnlp_zh.stages.quotes.passage import Passage
from finnlp_zh.stages.quotes.ranking import HEAD, RULE, Choice, Proposal, SpeakerRanker
from finnlp_zh.stages.quotes.rules import QuoteRules
from finnlp_zh.types import Entity, Mention, Quote, Record, Span

LABELS = ("O", "B", "I")
PEOPLE = ("王凯", "李岩")


def record_of(text: str) -> Record:
    entities = []
    for number, name in enumerate(PEOPLE, 1):
        start = text.find(name)
        if start >= 0:
            mention = Mention(f"m{number}", (start, start + len(name)), name, "name")
            entities.append(Entity(f"e{number}", "PERSON", name, mentions=[mention]))
    return Record("ranked", text, sentences=split_sentences(text), entities=entities)


def features_of(text: str, speaker: Span) -> Features:
    """Give heads that hear ``speaker`` and see neither cue nor content."""
    rows = np.zeros((len(text), 3), np.float32)
    rows[:, 0] = 8
    speaking = rows.copy()
    speaking[slice(*speaker)] = (0, 0, 8)
    return Features(
        {"content": rows, "cue": rows, "speaker": speaking}, dict.fromkeys(("content", "cue", "speaker"), LABELS)
    )


def ranked(text: str, features: Features | None = None) -> tuple[SpeakerRanker, list[Candidate]]:
    passage = Passage(record_of(text))
    evidence = HeadEvidence(features or Features())
    rules = QuoteRules(passage, evidence)
    return SpeakerRanker(passage, rules.finder, evidence, choice="ranker"), rules.candidates()


def words(text: str, proposals: list[Proposal]) -> list[str | None]:
    return [text[slice(*one.actor.span)] if one.actor is not None else None for one in proposals]


def quote_of(text: str, choice: Choice, features: Features | None = None) -> list[Quote]:
    quotes = QuoteStage(speakers=choice).predict([record_of(text)], [features or Features()])[0].quotes
    assert isinstance(quotes, list)
    return quotes


def speaker_of(text: str, choice: Choice, features: Features | None = None) -> str | None:
    (quote,) = quote_of(text, choice, features)
    return text[slice(*quote.speaker.span)] if quote.speaker is not None and quote.speaker.span is not None else None


def test_everyone_of_the_sentence_and_nobody_is_proposed() -> None:
    text = "王凯对李岩表示，合同照旧。"
    ranker, (quote,) = ranked(text)
    assert words(text, ranker.proposals(quote, [])) == ["李岩", "王凯", None]


def test_who_spoke_before_is_proposed_once() -> None:
    text = "王凯表示，合同照旧。他坦言，压力很大。"
    ranker, (first, second) = ranked(text)
    proposals = ranker.proposals(second, [first])
    assert words(text, proposals) == ["他", "王凯", None]
    assert [one.here for one in proposals] == [True, False, False]


def test_a_preposition_and_the_rules_are_features() -> None:
    text = "王凯对李岩表示，合同照旧。"
    ranker, (quote,) = ranked(text)
    addressed, subject, nobody = ranker.proposals(quote, [])
    assert "before:对" in addressed.features
    assert RULE in subject.features
    assert RULE not in addressed.features
    assert RULE not in nobody.features


def test_the_head_is_a_feature_only_where_there_is_one() -> None:
    text = "王凯对李岩表示，合同照旧。"
    silent, (quote,) = ranked(text)
    assert not any(feature.startswith(HEAD) for one in silent.proposals(quote, []) for feature in one.features)
    heard, (quote,) = ranked(text, features_of(text, (3, 5)))
    assert [one.features[-1] for one in heard.proposals(quote, [])] == ["head:best:5", "head:other:0", "head:away:5"]


@pytest.mark.parametrize("choice", ["rules", "ranker", "together", "mixed"])
def test_every_choice_reads_a_plain_subject(choice: Choice) -> None:
    assert speaker_of("王凯对李岩表示，合同照旧。", choice) == "王凯"


def test_the_head_alone_believes_what_it_hears() -> None:
    text = "王凯对李岩表示，合同照旧。"
    assert speaker_of(text, "head", features_of(text, (3, 5))) == "李岩"
    assert speaker_of(text, "rules", features_of(text, (3, 5))) == "王凯"


def test_weights_decide() -> None:
    text = "王凯对李岩表示，合同照旧。"
    passage = Passage(record_of(text))
    evidence = HeadEvidence(Features())
    rules = QuoteRules(passage, evidence)
    for weights, expected in (
        ({"before:对": 1.0}, "李岩"),
        ({"before:对": -1.0, "nobody": -2.0}, "王凯"),
        ({"nobody": 1.0}, None),
    ):
        (quote,) = rules.__class__(passage, evidence).candidates()
        SpeakerRanker(passage, rules.finder, evidence, choice="ranker", weights=weights).choose([quote])
        assert words(text, [Proposal(quote.actor)]) == [expected]
