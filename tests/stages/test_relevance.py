"""Relevance: the headline, the lead, the share of mentions and the figures decide."""

from __future__ import annotations

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.relevance import RelevanceStage
from finnlp_zh.types import Claim, Entity, Mention, Record, Subject

TEXT = "云帆新材扩产\n记者 林晓\n云帆新材今日宣布扩产，海澜精密供货。云帆新材产能增长10%。"


def _entity(id: str, name: str, kind: str = "ORG") -> Entity:
    mentions: list[Mention] = []
    start = TEXT.find(name)
    while start >= 0:
        mentions.append(Mention(f"{id}m{start}", (start, start + len(name)), name, "name"))
        start = TEXT.find(name, start + 1)
    return Entity(id, kind, name, mentions=mentions)  # type: ignore[arg-type]


def _weigh(record: Record) -> dict[str, float]:
    layer = RelevanceStage().predict([record], [Features()])[0]
    assert isinstance(layer.entities, list)
    return {entity.name: entity.relevance for entity in layer.entities}


def test_the_headline_and_share_decide() -> None:
    record = Record("r", TEXT, title=(0, 6), entities=[_entity("e1", "云帆新材"), _entity("e2", "海澜精密")])
    found = _weigh(record)
    assert found["云帆新材"] > 0.8 > found["海澜精密"] > 0


def test_figures_raise_their_subject() -> None:
    record = Record("r", TEXT, title=(0, 6), entities=[_entity("e1", "云帆新材"), _entity("e2", "海澜精密")])
    without = _weigh(record)
    record.claims = [Claim("c1", (0, 1), TEXT[0], "percent", subject=Subject(None, "e2"))]
    assert _weigh(record)["海澜精密"] == round(without["海澜精密"] + 0.15, 3)


def test_the_byline_counts_for_nothing() -> None:
    start = TEXT.index("林晓")
    record = Record(
        "r", TEXT, title=(0, 6), byline=[(start - 3, start + 2)], entities=[_entity("e1", "林晓", "PERSON")]
    )
    assert _weigh(record) == {"林晓": 0.0}


def test_all_lie_between_zero_and_one_and_arguments_stay() -> None:
    record = Record("r", TEXT, entities=[_entity("e1", "云帆新材")])
    assert 0.0 <= _weigh(record)["云帆新材"] <= 1.0
    assert record.entities[0].relevance == 0.0
