"""Whole records scored: matched, projected, sliced, listed, gated."""

import copy
from pathlib import Path

import msgspec
import pytest

from finnlp_zh.errors import ConfigError
from finnlp_zh.evaluation import corpus_hash, evaluate, list_errors, score_layer
from finnlp_zh.evaluation.gate import breaches, read_gate, set_floors, write_gate
from finnlp_zh.types import (
    Claim,
    Entity,
    Mention,
    Period,
    Quote,
    Record,
    Risk,
    Speaker,
    Stance,
    Subject,
)

TEXT = "浦发银行行长李明表示，该行不良贷款率将降至1.5%。浦发因违规放贷被罚款200万元。"


def _at(surface: str, start: int = 0) -> tuple[int, int]:
    place = TEXT.index(surface, start)
    return place, place + len(surface)


def _mention(name: str, surface: str, kind: str = "name", start: int = 0) -> Mention:
    return Mention(name, _at(surface, start), surface, kind)  # type: ignore[arg-type]


def _gold() -> Record:
    first = (0, TEXT.index("。") + 1)
    return Record(
        "press01",
        TEXT,
        published="2024-05-06",
        sentences=[first, (first[1], len(TEXT))],
        entities=[
            Entity(
                "e1",
                "ORG",
                "浦发银行",
                kb_id="cn-stock:600000.SH",
                mentions=[_mention("m1", "浦发银行"), _mention("m2", "浦发", "alias", first[1])],
            ),
            Entity("e2", "PERSON", "李明", role="executive", affiliation="e1", mentions=[_mention("m3", "李明")]),
        ],
        titles=[_at("行长")],
        quotes=[
            Quote(
                "q1",
                "indirect",
                [_at("该行不良贷款率将降至1.5%")],
                cue=_at("表示"),
                speaker=Speaker("m3", _at("李明"), "e2", True),
                stance=Stance("supportive", _at("不良贷款率")),
            )
        ],
        claims=[
            Claim(
                "c1",
                _at("1.5%"),
                "1.5%",
                "percent",
                1.5,
                1.5,
                "%",
                modality="forecast",
                metric=_at("不良贷款率"),
                subject=Subject(_at("该行"), "e1"),
                source="q1",
            ),
            Claim(
                "c2", _at("200万元"), "200万元", "money", 2e6, 2e6, "CNY", subject=Subject(_at("浦发", first[1]), "e1")
            ),
        ],
        risks=[Risk("legal", "realised", (first[1], len(TEXT)), [_at("违规放贷被罚款200万元")])],
        themes={"legal": 0.9},
    )


def test_gold_against_itself_is_perfect() -> None:
    report = evaluate([_gold()], [_gold()])
    wrong = {
        name: value for name, value in report.values().items() if value != 1.0 and not name.endswith("calibration")
    }
    assert wrong == {}
    assert report.differences == []


def test_missing_prediction_counts_as_nothing_found() -> None:
    report = evaluate([_gold()], [])
    assert report.value("mentions") == 0.0
    assert report.value("quotes overlap 0.5") == 0.0
    assert report.warnings == ["press01: no prediction"]
    assert evaluate([_gold()], [_gold(), Record("extra", "甲")]).warnings == ["extra: no gold"]


def test_each_fault_moves_its_own_figure() -> None:
    faulty = _gold()
    faulty.entities[1].type = "OFFICIAL"
    faulty.quotes[0].speaker = Speaker("m1", _at("浦发银行"), "e1", True)
    faulty.quotes[0].stance = Stance("neutral")
    faulty.claims[0].modality = "actual"
    faulty.claims[1].unit = "USD"
    faulty.claims[1].period = Period(None, "2024-01-01", "2024-12-31")
    faulty.risks[0].status = "potential"
    report = evaluate([_gold()], [faulty])
    assert report.value("mentions") == pytest.approx(2 / 3)
    assert report.value("mentions untyped") == 1.0
    assert report.value("quotes overlap 0.5") == 1.0
    assert report.value("quotes with speaker") == 0.0
    assert report.value("stance") == 0.0
    assert report.value("claims exact") == 1.0
    assert report.value("claims value, unit and modifier") == 0.5
    assert report.value("claims modality") == 0.5
    assert report.value("claims period") == 0.5
    assert report.value("risks") == 1.0
    assert report.value("risks status") == 0.0
    listing = list_errors(report.errors("claims"))
    assert "unit: predicted USD, gold CNY" in listing
    assert listing.startswith("## press01")


def test_speaker_is_right_by_entity_where_another_mention_was_taken() -> None:
    gold, predicted = _gold(), _gold()
    gold.quotes[0].speaker = Speaker("m1", _at("浦发银行"), "e1", True)
    predicted.quotes[0].speaker = Speaker("m2", _at("浦发", 20), "e1", True)
    assert evaluate([gold], [predicted]).value("quotes with speaker") == 1.0


def test_entities_are_mapped_by_their_mentions_not_their_ids() -> None:
    predicted = _gold()
    predicted.entities[0].id, predicted.entities[1].id = "e7", "e8"
    predicted.entities[1].affiliation = "e7"
    assert evaluate([_gold()], [predicted], layers=["entities"]).value("affiliation") == 1.0
    predicted.entities[1].affiliation = "e8"
    assert evaluate([_gold()], [predicted], layers=["entities"]).value("affiliation") == 0.0


def test_split_entity_loses_links_and_aliases() -> None:
    predicted = _gold()
    moved = predicted.entities[0].mentions.pop()
    predicted.entities.append(Entity("e3", "ORG", "浦发", mentions=[moved]))
    report = evaluate([_gold()], [predicted])
    assert report.value("mentions") == 1.0
    assert report.value("links") == 0.0
    assert report.value("aliases") == 0.0


def test_risk_is_matched_to_the_sentence_it_shares_most_with() -> None:
    predicted = _gold()
    start, end = predicted.risks[0].sentence
    predicted.risks[0].sentence = (start - 3, end - 2)
    assert score_layer("risks", [_gold()], [predicted])["risks"].value == 1.0


def test_records_are_left_alone() -> None:
    gold, predicted = _gold(), _gold()
    before = copy.deepcopy((gold, predicted))
    evaluate([gold], [predicted])
    assert (gold, predicted) == before


def test_slices_go_by_source_length_and_kind() -> None:
    counted, told, spoken = _gold(), _gold(), _gold()
    counted.quotes = []
    told.doc_id, told.quotes, told.claims = "news/cctv03", [], []
    spoken.doc_id, spoken.quotes[0].content = "7", [(0, len(TEXT))]
    records = [counted, told, spoken]
    assert list(evaluate(records, records, rounds=10).slices) == [
        *("source cctv (1)", "source other (1)", "source press (1)", "length below 400 (3)"),
        *("kind figures (1)", "kind narrative (1)", "kind speech (1)"),
    ]


def test_differences_show_what_either_side_marks() -> None:
    predicted = _gold()
    predicted.entities[1].mentions.pop()
    predicted.claims[0].metric = _at("违规放贷")
    predicted.quotes[0].cue = None
    missed, metric, cue = (
        evaluate([_gold()], [predicted]).errors(layer)[0] for layer in ("entities", "claims", "quotes")
    )
    assert (missed.kind, missed.gold, missed.predicted) == ("missed", [missed.span], [])
    assert (metric.text, metric.gold, metric.predicted) == ("1.5%", [_at("不良贷款率")], [_at("违规放贷")])
    assert (cue.gold, cue.predicted) == ([_at("表示")], [])


def test_json_holds_every_figure() -> None:
    content = msgspec.json.decode(evaluate([_gold()], [_gold()]).as_json())
    assert content["figures"]["claims"]["claims exact"]["value"] == 1.0
    assert content["articles"] == 1


def test_table_names_every_figure() -> None:
    report = evaluate([_gold()], [_gold()])
    table = report.as_text()
    assert all(name in table for name in report.values())


def test_gate_holds_rises_and_falls_only_anew(tmp_path: Path) -> None:
    corpus = corpus_hash([_gold()])
    gate = set_floors(None, {"claims exact": 0.9, "risks calibration": 0.02}, corpus)
    assert gate.floors == {"claims exact": 0.895}
    assert breaches(gate, {"claims exact": 0.9}, corpus) == []
    assert breaches(gate, {"claims exact": 0.8}, corpus) == ["claims exact: 0.8000 is below its floor 0.8950"]
    assert breaches(gate, {}, corpus) == ["claims exact: not measured, floor 0.8950"]
    assert set_floors(gate, {"claims exact": 0.95}, corpus).floors["claims exact"] == 0.945
    assert set_floors(gate, {"claims exact": 0.5}, corpus).floors["claims exact"] == 0.895
    assert "the gate is for corpus" in breaches(gate, {"claims exact": 1.0}, "0" * 64)[0]
    with pytest.raises(ConfigError, match="another corpus"):
        set_floors(gate, {"claims exact": 1.0}, "0" * 64)
    write_gate(tmp_path / "gate.json", gate)
    assert read_gate(tmp_path / "gate.json") == gate
    with pytest.raises(ConfigError, match="cannot be read"):
        read_gate(tmp_path / "absent.json")


def test_corpus_hash_sees_labels_not_layout() -> None:
    changed = _gold()
    changed.claims[0].low = 1.6
    assert corpus_hash([_gold()]) == corpus_hash([_gold()])
    assert corpus_hash([_gold()]) != corpus_hash([changed])
