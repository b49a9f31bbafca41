"""The tables and the JSON Lines are read by the libraries that people use for them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from finnlp_zh.interop.tables import write_tables
from finnlp_zh.rows import ROWS
from finnlp_zh.types import EntityStance, OwnTheme, PolicyTone, Record, check, decode, encode, read_records

# The module stands beside this file, and pytest puts no folder of tests on the path.
sys.path.insert(0, str(Path(__file__).parent))
from full_article import full_record

pytest.importorskip("pyarrow")

# These libraries warn about each other's versions; what they read is asserted.
pytestmark = pytest.mark.filterwarnings("ignore")

_VALUES = "SELECT c.text, c.low, d.published FROM '{0}/claims.parquet' c JOIN '{0}/documents.parquet' d USING (doc_id)"


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("records") / "records.jsonl"
    full = full_record()
    last = full.sentences[-1]
    full.policy = [PolicyTone(last, "neutral", False, "e4", [last])]
    full.stances = [EntityStance("e1", "supportive", evidence=[last])]
    full.own_themes = [OwnTheme("loans", "potential", last, [last])]
    check(full)
    path.write_bytes(b"".join(encode(record) + b"\n" for record in (full, Record("bare", "无标注。"))))
    return path


@pytest.fixture(scope="module")
def tables(records: Path) -> Path:
    assert {path.stem for path in write_tables(records, records.parent)} == set(ROWS)
    return records.parent


def test_duckdb_joins_the_tables(tables: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    found = duckdb.sql(_VALUES.format(tables.as_posix())).fetchall()
    assert sorted(found) == [("12.5亿元", 1.25e9, "2026-08-01"), ("8%", 8.0, "2026-08-01")]


def test_polars_reads_the_tables(tables: Path) -> None:
    polars = pytest.importorskip("polars")
    frames = {name: polars.read_parquet(tables / f"{name}.parquet") for name in ROWS}
    assert {name: len(frame) for name, frame in frames.items()} == {
        "documents": 2, "entities": 4, "mentions": 6, "quotes": 3, "claims": 2, "risks": 2,
        "policy": 1, "stances": 1, "own_themes": 1,
    }  # fmt: skip
    spoken = frames["quotes"].filter(polars.col("stance") == "supportive")
    assert spoken["speaker_name"].to_list() == ["周明远"]
    assert frames["policy"].row(0)[:5] == ("2026/bank#1", "neutral", False, "e4", "中国人民银行")
    assert frames["stances"].row(0)[:4] == ("2026/bank#1", "e1", "东湖银行股份有限公司", "supportive")
    assert frames["own_themes"]["theme"].to_list() == ["loans"]


def test_the_libraries_read_one_thing(tables: Path) -> None:
    duckdb, polars, pandas = (pytest.importorskip(name) for name in ("duckdb", "polars", "pandas"))
    for name, rows in ROWS.items():
        path = tables / f"{name}.parquet"
        written = [row for record in read_records(tables / "records.jsonl") for row in rows(record)]
        frame = pandas.read_parquet(path)
        assert polars.read_parquet(path).to_dicts() == written
        assert duckdb.read_parquet(str(path)).to_arrow_table().to_pylist() == written
        assert frame.astype(object).where(frame.notna(), None).to_dict("records") == written


def test_pandas_reads_the_tables(tables: Path) -> None:
    pandas = pytest.importorskip("pandas")
    mentions = pandas.read_parquet(tables / "mentions.parquet")
    text = full_record().text
    assert [text[row.start : row.end] for row in mentions.itertuples()] == list(mentions["text"])


def test_empty_tables_have_their_columns(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "records.jsonl").write_bytes(encode(Record("bare", "无标注。")) + b"\n")
    write_tables(tmp_path / "records.jsonl", tmp_path)
    assert pq.read_schema(tmp_path / "claims.parquet").names[:4] == ["doc_id", "claim_id", "text", "kind"]
    assert pq.read_table(tmp_path / "claims.parquet").num_rows == 0


@pytest.mark.slow
def test_hugging_face_datasets_load_the_records(records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset("json", data_files=str(records), split="train", cache_dir=str(tmp_path))
    assert loaded["doc_id"][:] == ["2026/bank#1", "bare"]
    assert loaded[0]["entities"][0]["mentions"][0]["text"] == "东湖银行"
    assert loaded[0]["claims"][0]["low"] == 1.25e9
    assert loaded[1]["quotes"] == []
    for row, kept in zip(loaded, read_records(records), strict=True):
        # Arrow gives every row the keys of the others, with nothing under them.
        found = {name: value for name, value in row.items() if value is not None or name == "published"}
        found["themes"] = {theme: score for theme, score in (row["themes"] or {}).items() if score is not None}
        # What looks like a date in every row comes as one.
        plain = json.dumps(found, default=lambda day: day.date().isoformat())
        assert decode(plain) == kept
