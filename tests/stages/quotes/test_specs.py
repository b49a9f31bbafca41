"""Every written case of the quote stage: kind, content, cue and speaker, and what else the case names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.quotes import QuoteStage
from finnlp_zh.types import Entity, Layer, Mention, Quote, Record

SPECS = Path(__file__).parents[2] / "specs" / "quotes"
CASES = [json.loads(line) for path in sorted(SPECS.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def stage() -> QuoteStage:
    return QuoteStage()


def record_of(case: dict[str, Any]) -> Record:
    """Give the case's text as a record in which every occurrence of the named entities is a mention."""
    text = case["text"]
    taken: set[int] = set()
    entities = []
    for number, entity in enumerate(case["entities"], 1):
        mentions = []
        for name in sorted(entity["names"], key=len, reverse=True):
            start = text.find(name)
            while start >= 0:
                span = range(start, start + len(name))
                if taken.isdisjoint(span):
                    taken.update(span)
                    mentions.append(Mention(f"m{number}.{start}", (start, start + len(name)), name, "name"))
                start = text.find(name, start + len(name))
        entities.append(Entity(f"e{number}", entity["type"], entity["names"][0], mentions=mentions))
    return Record("spec", text, sentences=split_sentences(text), entities=entities)


def described(layer: Layer, quote: Quote, text: str, keys: list[str]) -> dict[str, Any]:
    """Give the fields of a quote that a case names, as the text shows them."""
    assert isinstance(layer.entities, list)
    speaker = quote.speaker
    entity = next((entity for entity in layer.entities if speaker and entity.id == speaker.entity), None)
    fields: dict[str, Any] = {
        "kind": quote.kind,
        "content": [text[start:end] for start, end in quote.content],
        "cue": text[slice(*quote.cue)] if quote.cue else None,
        "speaker": text[slice(*speaker.span)] if speaker and speaker.span else None,
        "document": text[slice(*quote.document)] if quote.document else None,
        "entity": entity.name if entity else None,
        "type": entity.type if entity else None,
        "source_class": speaker.source_class if speaker else "document" if quote.document else None,
        "continuation": "…".join(text[start:end] for start, end in quote.continuation) or None,
    }
    return {key: fields[key] for key in keys}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(stage: QuoteStage, case: dict[str, Any]) -> None:
    layer = stage.predict([record_of(case)], [Features()])[0]
    assert isinstance(layer.quotes, list)
    expected = case["expected"]
    plain = ["kind", "content", "cue", "speaker"]
    keys = [list(quote) for quote in expected] + [plain] * len(layer.quotes)
    found = [described(layer, quote, case["text"], names) for quote, names in zip(layer.quotes, keys, strict=False)]
    assert found == expected, case["reason"]


def test_there_are_enough_cases() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) >= 150
