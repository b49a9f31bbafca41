"""Who is quoted how often over a corpus, as rows, CSV, JSON and a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from finnlp_zh.cli.voices import voices_command
from finnlp_zh.report.voices import count_voices, voice_rows, voices_csv
from finnlp_zh.types import Entity, Mention, Quote, Record, Speaker, encode, read_records


def _article(doc_id: str) -> Record:
    text = "中汇证券表示，需求回暖。王凯说：“价格见底。”业内人士称，库存高。数据显示，出口增长。"
    house = Entity("e1", "ORG", "中汇证券", kb_id="cn-stock:600001.SH")
    house.mentions = [Mention("m1", (0, 4), "中汇证券", "name")]
    person = Entity("e2", "PERSON", "王凯", role="executive", mentions=[Mention("m2", (12, 14), "王凯", "name")])
    trade = Entity("e3", "PERSON", "业内人士", role="expert", mentions=[Mention("m3", (23, 27), "业内人士", "nominal")])
    quotes = [
        Quote("q1", "indirect", [(7, 11)], (4, 6), Speaker("m1", (0, 4), "e1", True, "analyst")),
        Quote("q2", "direct", [(17, 21)], (14, 15), Speaker("m2", (12, 14), "e2", True, "named")),
        Quote("q3", "indirect", [(29, 32)], (27, 28), Speaker("m3", (23, 27), "e3", False, "industry")),
        Quote("q4", "indirect", [(38, 42)], (35, 37)),
    ]
    return Record(doc_id, text, entities=[house, person, trade], quotes=quotes)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    second = _article("b")
    second.entities[0].name = "中汇证券股份有限公司"
    second.quotes = second.quotes[:1]
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"\n".join([encode(_article("a")), b"", encode(second)]) + b"\n")
    return path


def test_counts_by_institution_person_and_phrase(corpus: Path) -> None:
    rows = voice_rows(count_voices(read_records(corpus)))
    assert [(row["voice"], row["quotes"], row["characters"], row["articles"]) for row in rows] == [
        ("中汇证券", 2, 8, 2),
        (None, 1, 4, 1),
        ("王凯", 1, 4, 1),
        ("业内人士", 1, 3, 1),
    ]
    assert [row["role"] for row in rows] == [None, None, "executive", "expert"]
    assert [row["source_class"] for row in rows] == ["analyst", "unknown", "named", "industry"]
    assert [row["direct"] for row in rows] == [0, 0, 1, 0]
    assert sum(row["share"] for row in rows) == pytest.approx(1, abs=1e-3)


def test_csv_disarms_formulas() -> None:
    record = _article("a")
    record.entities[1].name = "=SUM(A1)"
    text = voices_csv(voice_rows(count_voices([record])))
    assert text.splitlines()[0].startswith("voice,named,type")
    assert "'=SUM(A1)" in text


@pytest.mark.parametrize("format", ["table", "csv", "json"])
def test_command_prints_every_format(corpus: Path, format: str) -> None:
    app = typer.Typer()
    app.command()(voices_command)
    result = CliRunner().invoke(app, [str(corpus), "--format", format, "--named"])
    assert result.exit_code == 0, result.output
    assert "中汇证券" in result.output
    assert "业内人士" not in result.output
    if format == "json":
        assert [json.loads(line)["quotes"] for line in result.output.splitlines()] == [2, 1]
