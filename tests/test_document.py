"""Views follow the ids of the record."""

from __future__ import annotations

import pytest

from finnlp_zh import types
from finnlp_zh.document import Document


@pytest.fixture
def doc() -> Document:
    text = "招商银行董事长缪某表示，2024年营收3300亿元。"
    bank = types.Entity(
        "e1", "ORG", "招商银行", kb_id="cn-stock:600036.SH", mentions=[types.Mention("m1", (0, 4), "招商银行", "name")]
    )
    person = types.Entity(
        "e2", "PERSON", "缪某", role="executive", affiliation="e1", titles=[(4, 7)],
        mentions=[types.Mention("m2", (7, 9), "缪某", "name")],
    )  # fmt: skip
    quote = types.Quote(
        "q1", "indirect", [(12, 25)], cue=(9, 11), speaker=types.Speaker("m2", (7, 9), "e2", True, "named"),
        stance=types.Stance("neutral"),
    )  # fmt: skip
    unnamed = types.Quote("q2", "indirect", [(12, 17)])
    claim = types.Claim(
        "c1", (19, 25), "3300亿元", "money", 3.3e11, 3.3e11, "CNY", metric=(17, 19),
        subject=types.Subject((0, 4), "e1"), period=types.Period((12, 17), "2024-01-01", "2024-12-31"), source="q1",
    )  # fmt: skip
    risk = types.Risk("macro", "potential", (0, len(text)), [(17, 19)])
    record = types.Record("a", text, entities=[bank, person], quotes=[quote, unnamed], claims=[claim], risks=[risk])
    types.check(record)
    return Document(record)


def test_speaker_and_affiliation(doc: Document) -> None:
    speaker = doc.quotes[0].speaker
    assert speaker.name == "缪某"
    assert speaker.entity is not None
    assert speaker.entity.titles == ["董事长"]
    assert speaker.entity.affiliation is not None
    assert speaker.entity.affiliation.name == "招商银行"


def test_quotes_group_by_speaker(doc: Document) -> None:
    groups = doc.quotes.by_speaker()
    assert {name: len(quotes) for name, quotes in groups.items()} == {"缪某": 1, None: 1}
    assert doc.quotes[1].speaker.name is None
    assert len(doc.quotes[0:2]) == 2


def test_claim_rows(doc: Document) -> None:
    (row,) = doc.claims.rows()
    assert row["subject"] == "招商银行"
    assert row["metric"] == "营收"
    assert row["low"] == 3.3e11
    assert (row["period_start"], row["period_end"]) == ("2024-01-01", "2024-12-31")


def test_dataframe(doc: Document) -> None:
    pandas = pytest.importorskip("pandas")
    frame = doc.claims.to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["text"]) == ["3300亿元"]


def test_arrow(doc: Document) -> None:
    pytest.importorskip("pyarrow")
    table = doc.claims.to_arrow()
    assert table.column("text").to_pylist() == ["3300亿元"]
    assert table.column("low").to_pylist() == [3.3e11]


def test_risk_and_json(doc: Document) -> None:
    assert doc.risks[0].evidence == ["营收"]
    assert types.decode(doc.to_json()) == doc.record


def test_what_runs_on_request(doc: Document) -> None:
    assert (doc.policy, doc.stances, doc.own_themes) == ([], [], [])
    whole = (0, len(doc.text))
    doc.record.policy = [types.PolicyTone(whole, "easing", True, "e1", [(17, 19)])]
    doc.record.stances = [types.EntityStance("e2", "critical", evidence=[whole])]
    doc.record.own_themes = [types.OwnTheme("port", "realised", whole, [(17, 19)])]
    types.check(doc.record)
    (tone,), (stance,), (theme,) = doc.policy, doc.stances, doc.own_themes
    assert tone.body is not None
    assert (tone.tone, tone.forward_looking, tone.body.name, tone.evidence) == ("easing", True, "招商银行", ["营收"])
    assert stance.entity is not None
    assert (stance.entity.name, stance.label, stance.evidence) == ("缪某", "critical", [doc.text])
    assert (theme.theme, theme.status, theme.evidence, theme.sentence) == ("port", "realised", ["营收"], doc.text)


def test_a_risk_concerns_who_is_named_before_it_and_does_not_only_speak() -> None:
    text = "券商分析师称，远山药业的坏账拖累东湖银行。"
    names = {"券商": "e1", "远山药业": "e2", "东湖银行": "e3"}
    entities = [
        types.Entity(
            name_id, "ORG", name,
            mentions=[types.Mention(f"m{name_id}", (text.index(name), text.index(name) + len(name)), name, "name")],
        )
        for name, name_id in names.items()
    ]  # fmt: skip
    quote = types.Quote("q1", "indirect", [(7, 20)], (5, 6), types.Speaker("me1", (0, 2), "e1"))
    risk = types.Risk("credit", "realised", (0, len(text)), [(12, 14)])
    early = types.Risk("credit", "realised", (0, len(text)), [(2, 5)])
    record = types.Record("a", text, entities=entities, quotes=[quote], risks=[risk, early])
    types.check(record)
    assert [view.subject.name if view.subject else None for view in Document(record).risks] == ["远山药业", "远山药业"]
    assert Document(types.Record("b", text, risks=[risk])).risks[0].subject is None
