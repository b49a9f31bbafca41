"""The risk taxonomy covers every theme, and its own examples are found by the rules."""

from typing import get_args

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.taxonomy import finese_mapping, taxonomy
from finnlp_zh.stages.risks import RiskStage
from finnlp_zh.types import Record, Theme

THEMES: tuple[Theme, ...] = get_args(Theme)


def test_every_theme_is_described_in_order() -> None:
    assert tuple(taxonomy()) == THEMES
    for entry in taxonomy().values():
        assert entry.zh
        assert entry.en
        assert entry.definition.endswith(".")
        assert len(entry.examples) >= 2


def test_names_are_unique() -> None:
    assert len({entry.zh for entry in taxonomy().values()}) == len(THEMES)
    assert len({entry.en for entry in taxonomy().values()}) == len(THEMES)


@pytest.mark.parametrize("theme", THEMES)
def test_examples_are_found_by_the_rules(theme: Theme) -> None:
    stage = RiskStage()
    for example in taxonomy()[theme].examples:
        text = f"消息称，{example}。"
        [layer] = stage.predict([Record("example", text, sentences=[(0, len(text))])], [Features()])
        assert isinstance(layer.risks, list)
        assert theme in {risk.theme for risk in layer.risks}, example


def test_event_types_map_to_themes_with_reasons() -> None:
    mapping = finese_mapping()
    assert len(mapping) == 22
    assert mapping["财务造假"].theme == "governance"
    assert mapping["其他"].theme is None
    assert all(row.reason for row in mapping.values())
