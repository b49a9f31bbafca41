"""A run on a Ray cluster gives what a run in one process gives, whatever is killed, and one row for every input."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from finnlp_zh import distributed
from finnlp_zh.distributed import annotate, annotate_to
from finnlp_zh.engine import Options
from finnlp_zh.engine import annotate_to as annotate_here
from finnlp_zh.errors import ConfigError, InputError, ResourceError
from finnlp_zh.types import SHARD_FINISHED, decode, encode, read_records

# Ray warns of its own use of what it has deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",
    "ignore::ResourceWarning",
    "ignore::FutureWarning",
    "ignore:The minimum number of concurrent actors",
)

QUICK = Options(model=None, workers=2, stages=("risks",))
HERE = Options(model=None, workers=1, stages=("risks",))
DEADLY = Path(__file__).parent / "engine"


def _article(number: int, more: str = "") -> str:
    return f"东湖银行公布第{number}号公告\n东湖银行表示，部分贷款出现逾期，不良率升至{number % 9}.5%。{more}\n"


@pytest.fixture(scope="module")
def ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A cluster of this machine with room for two actors."""
    ray = pytest.importorskip("ray")
    patch = pytest.MonkeyPatch()
    patch.setenv("PYTHONPATH", str(DEADLY), prepend=os.pathsep)  # the actors import the module of the deadly stages
    patch.setenv("FINNLP_TEST_MARK", str(tmp_path_factory.mktemp("mark") / "killed"))
    patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    patch.setenv("RAY_worker_niceness", "0")  # by default Ray gives its workers what others leave
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield ray
    ray.shutdown()
    patch.undo()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("in")
    (root / "2024").mkdir()
    for number in range(6):
        (root / "2024" / f"{number}.txt").write_text(_article(number), "utf-8")
    (root / "2024" / "empty.txt").write_bytes(b"")
    for wire in range(4):
        rows = [{"title": f"第{row}篇", "text": _article(row)} for row in range(150)]
        if wire == 1:
            rows[70]["text"] += "致命段落\n"
        if wire == 2:
            rows[70]["text"] += "机房断电\n"
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (root / f"wire{wire}.jsonl").write_text("\n".join([*lines, '{"text": "银行']) + "\n", "utf-8")
    return root


def _rows(out: Path) -> list[dict[str, Any]]:
    from pyarrow import parquet

    return [row for file in sorted(out.glob("shard=*/*.parquet")) for row in parquet.read_table(file).to_pylist()]


def test_killed_actor_changes_nothing(ray: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DEADLY)
    monkeypatch.setattr(distributed, "Setup", importlib.import_module("deadly").CutSetup)
    out, here = tmp_path / "out", tmp_path / "here"
    torn = out / "shard=00001" / "torn.parquet"  # what a run leaves that was cut off
    torn.parent.mkdir(parents=True)
    torn.write_bytes(b"PAR1")
    summary = annotate_to([folder], out, QUICK)
    assert Path(os.environ["FINNLP_TEST_MARK"]).exists(), "no actor was killed"

    expected = annotate_here([folder], here, HERE)
    lines = {decode(line).doc_id: line.decode() for line in (here / "records.jsonl").read_bytes().splitlines()}
    deadly = lines.pop("wire1#71")
    assert "致命段落" in deadly
    rows = _rows(out)
    records = [row for row in rows if row["record"] is not None]
    assert len(records) == len(lines) == 605
    assert {row["doc_id"]: row["record"] for row in records} == lines
    failures = [(row["file"], row["place"], row["stage"]) for row in rows if row["record"] is None]
    known = [(error["file"], error["place"], error["stage"]) for error in _errors(here)]
    assert sorted(failures, key=str) == sorted([*known, ("wire1.jsonl", "article 71", "worker")], key=str)
    assert (summary.articles, summary.failures) == (605, expected.failures + 1)
    assert summary.risks == expected.risks - len(decode(deadly).risks)
    assert summary.characters == sum(row["characters"] for row in records)
    assert {record.doc_id: encode(record).decode() for record in read_records(out)} == lines


def _errors(out: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (out / "errors.jsonl").read_text("utf-8").splitlines()]


def test_addresses_and_shards_taken_up(ray: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    for number in range(4):
        (tmp_path / "in" / f"{number}.txt").write_text(_article(number), "utf-8")
    (tmp_path / "in" / ".hidden.txt").write_text(_article(9), "utf-8")
    (tmp_path / "in" / "image.png").write_bytes(b"PNG")
    paths = [f"file://{tmp_path / 'in'}", f"fsspec+file://{folder / '2024' / '5.txt'}"]
    out = f"file://{tmp_path / 'out'}"
    monkeypatch.setattr(distributed, "_SHARD_BYTES", 2 * len(_article(0).encode()))
    shares: list[float] = []
    first = annotate_to(paths, out, QUICK, on_progress=lambda _, share: shares.append(share))
    assert (first.articles, first.failures, first.skipped) == (5, 0, 0)
    assert shares == [0.8, 1.0]
    names = {row["doc_id"] for row in _rows(tmp_path / "out")}
    assert names == {"0", "1", "2", "3", "5"}
    again = annotate_to(paths, out, QUICK)
    assert (again.articles, again.skipped) == (0, 5)

    # The shard of the file that has changed is done anew, and none other.
    (tmp_path / "out" / "shard=00002" / SHARD_FINISHED).rename(tmp_path / "marker")
    assert {record.doc_id for record in read_records(tmp_path / "out")} == {"0", "1", "2", "3"}
    (tmp_path / "marker").rename(tmp_path / "out" / "shard=00002" / SHARD_FINISHED)
    (tmp_path / "in" / "1.txt").write_text(_article(77), "utf-8")
    changed = annotate_to(paths, out, QUICK)
    assert (changed.articles, changed.skipped) == (4, 1)
    rows = _rows(tmp_path / "out")
    assert sorted(row["doc_id"] for row in rows) == ["0", "1", "2", "3", "5"]
    assert sum("第77号" in row["record"] for row in rows) == 1


def test_data_set_gives_one_row_a_row(ray: Any) -> None:
    rows = [{"doc_id": f"稿{number}", "标题": f"第{number}篇", "正文": _article(number)} for number in range(40)]
    rows += [{"doc_id": None, "标题": "无号", "正文": _article(1)}, {"doc_id": "空", "标题": "空", "正文": ""}]
    dataset = annotate(ray.data.from_items(rows, override_num_blocks=4), QUICK)
    found = dataset.take_all()
    assert len(found) == 42
    records = [decode(row["record"]) for row in found if row["record"] is not None]
    assert {record.doc_id for record in records} == {f"稿{number}" for number in range(40)}
    assert all(record.risks for record in records)
    failed = {row["file"]: row["message"] for row in found if row["record"] is None}
    assert set(failed) == {"a row without a doc_id", "空"}


@pytest.mark.parametrize(
    ("paths", "options", "gpus", "message"),
    [
        (["."], Options(model=None, format="parquet"), 0, "leave the format out"),
        (["."], Options(model=None, workers=0), 0, "at least 1"),
        (["."], Options(model=None, device="cuda"), 0, "--gpus"),
        (["."], Options(model=None), -1, "cannot take -1 of a GPU"),
        (["."], Options(model=None, stages=("moods",)), 0, "no stage is called 'moods'"),
        (["missing"], QUICK, 0, "missing: no such file or folder"),
        (["file:///missing/folder"], QUICK, 0, "file:///missing/folder: no such file or folder"),
        (["nowhere://bucket"], QUICK, 0, "nowhere://bucket: cannot be reached"),
    ],
)
def test_wrong_use(ray: Any, paths: list[str], options: Options, gpus: float, message: str, tmp_path: Path) -> None:
    with pytest.raises((ConfigError, InputError), match=message):
        annotate_to(paths, tmp_path / "out", options, gpus=gpus)


def test_unwritable_output(ray: Any, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot write"):
        annotate_to([folder], tmp_path / "file", QUICK)


def test_ray_is_missing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ResourceError, match=r"pip install 'finnlp-zh\[ray\]'"):
        annotate_to([folder], tmp_path / "out", QUICK)
