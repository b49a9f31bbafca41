"""Every written case of the entity stage: its mentions and titles in text order, who is the same, who people are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.entities import EntityStage
from finnlp_zh.types import Entity, Record

SPECS = Path(__file__).parents[2] / "specs" / "entities"
CASES = [json.loads(line) for path in sorted(SPECS.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def stage() -> EntityStage:
    return EntityStage()


def _annotate(stage: EntityStage, text: str) -> tuple[list[Entity], list[str]]:
    layer = stage.predict([Record("spec", text)], [Features()])[0]
    assert isinstance(layer.entities, list)
    assert isinstance(layer.titles, list)
    found = [(m.span, f"{entity.type}:{m.text}") for entity in layer.entities for m in entity.mentions]
    found += [((start, end), f"TITLE:{text[start:end]}") for start, end in layer.titles]
    return layer.entities, [label for _, label in sorted(found)]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(stage: EntityStage, case: dict[str, Any]) -> None:
    expected = case["expected"]
    entities, found = _annotate(stage, case["text"])
    assert found == expected["mentions"], case["reason"]
    for group in expected.get("same", []):
        owners = {entity.id for entity in entities for mention in entity.mentions if mention.text in group}
        assert len(owners) == 1, case["reason"]
    groups = expected.get("same", [])
    if len(groups) > 1:
        heads = {entity.id for entity in entities for m in entity.mentions for group in groups if m.text == group[0]}
        assert len(heads) == len(groups), case["reason"]
    names = {entity.id: entity.name for entity in entities}
    for name, (role, affiliation, titles) in expected.get("people", {}).items():
        person = next(entity for entity in entities if entity.name == name)
        held = sorted(case["text"][start:end] for start, end in person.titles)
        assert (person.role, names.get(person.affiliation or ""), held) == (role, affiliation, sorted(titles))
