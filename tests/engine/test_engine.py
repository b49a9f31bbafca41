"""A run over folders: everything once, whole lines only, failures named, taken up where it stopped."""

from __future__ import annotations

import importlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from finnlp_zh import engine, types
from finnlp_zh.engine import Options, annotate, annotate_to
from finnlp_zh.engine.chunks import Chunk
from finnlp_zh.engine.workers import Annotator
from finnlp_zh.errors import ConfigError, InputError
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.reading import ReadOptions

RULES = Options(model=None, workers=1)
# What these tests are about does not depend on the stages: the quickest will do.
QUICK = Options(model=None, workers=1, stages=("risks",))


def _article(number: int) -> str:
    return (
        f"东湖银行公布第{number}号公告\n本报记者 林晓 上海报道\n"
        f"东湖银行表示，前三季度实现净利润{number + 1}亿元，同比增长{number % 9}.5%。\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "in"
    (root / "2024").mkdir(parents=True)
    for number in range(12):
        (root / "2024" / f"{number:02d}.txt").write_text(_article(number), "utf-8")
    lines = [
        json.dumps({"title": f"第{number}篇", "text": _article(number)}, ensure_ascii=False) for number in range(70)
    ]
    (root / "wire.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return root


def _records(out: Path) -> list[types.Record]:
    return [types.decode(line) for line in (out / "records.jsonl").read_bytes().splitlines()]


def _errors(out: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (out / "errors.jsonl").read_text("utf-8").splitlines()]


def test_every_article_once_in_order(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = annotate_to([folder], out, RULES)
    records = _records(out)
    assert (summary.articles, summary.failures) == (82, 0)
    assert [record.doc_id for record in records[:2]] == ["2024/00", "2024/01"]
    assert [record.source.part for record in records[12:] if record.source] == list(range(1, 71))
    assert len({record.doc_id for record in records}) == 82
    assert _errors(out) == []
    for record in records:
        types.check(record)
        assert record.claims


def test_worker_count_changes_nothing(folder: Path, tmp_path: Path) -> None:
    annotate_to([folder], tmp_path / "one", QUICK)
    annotate_to([folder], tmp_path / "two", Options(model=None, workers=2, stages=("risks",)))
    assert (tmp_path / "one" / "records.jsonl").read_bytes() == (tmp_path / "two" / "records.jsonl").read_bytes()


def test_second_run_skips_what_is_done(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    annotate_to([folder], out, QUICK)
    before = (out / "records.jsonl").read_bytes()
    summary = annotate_to([folder], out, QUICK)
    assert (summary.articles, summary.skipped) == (0, 82)
    assert (out / "records.jsonl").read_bytes() == before
    assert annotate_to([folder], out, Options(model=None, workers=1, stages=("risks",), resume=False)).articles == 82


def test_changed_file_is_done_again(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    annotate_to([folder], out, QUICK)
    (folder / "2024" / "03.txt").write_text(_article(99), "utf-8")
    summary = annotate_to([folder], out, QUICK)
    assert (summary.articles, summary.skipped) == (1, 81)
    assert sum("第99号" in record.text for record in _records(out)) == 1
    assert len(_records(out)) == 82


def test_other_pipeline_starts_anew(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    annotate_to([folder], out, Options(model=None, workers=1, stages=("segmentation",)))
    summary = annotate_to([folder], out, QUICK)
    assert (summary.articles, summary.skipped) == (82, 0)
    assert len(_records(out)) == 82


@pytest.mark.parametrize("cut", [0, 1, 700, 5000, -1, -2])
def test_torn_output_is_taken_up(folder: Path, tmp_path: Path, cut: int) -> None:
    out = tmp_path / "out"
    annotate_to([folder], out, QUICK)
    whole = (out / "records.jsonl").read_bytes()
    (out / "records.jsonl").write_bytes(whole[:cut])
    annotate_to([folder], out, QUICK)
    assert (out / "records.jsonl").read_bytes() == whole


def test_killed_run_is_taken_up(folder: Path, tmp_path: Path) -> None:
    for copy in range(8):
        source = (folder / "wire.jsonl").read_text("utf-8")
        (folder / f"wire{copy}.jsonl").write_text(source, "utf-8")
    annotate_to([folder], tmp_path / "whole", QUICK)
    whole = (tmp_path / "whole" / "records.jsonl").read_bytes()
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "finnlp_zh",
        "annotate",
        str(folder),
        "-o",
        str(out),
        "--model",
        "none",
        "--stages",
        "risks",
        "--workers",
        "1",
    ]
    kills = 0
    for _ in range(3):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        size = (out / "records.jsonl").stat().st_size if (out / "records.jsonl").exists() else 0
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if (out / "records.jsonl").exists() and (out / "records.jsonl").stat().st_size > size:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.002)
        process.wait()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    assert kills
    assert (out / "records.jsonl").read_bytes() == whole


def test_hostile_folder(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    (root / "good.txt").write_text(_article(1), "utf-8")
    (root / "empty.txt").write_bytes(b"")
    (root / "binary.txt").write_bytes(bytes(range(256)) * 64)
    (root / "half.txt").write_bytes(_article(2).encode("gb18030")[:-3])
    (root / "line.txt").write_text("银行贷款增长10%，" * 400_000, "utf-8")
    (root / "nul.txt").write_text(_article(3).replace("银行", "银\0行"), "utf-8")
    (root / "deep.html").write_text("<div>" * 50_000 + "<p>" + _article(4) + "</p>" + "</div>" * 50_000, "utf-8")
    (root / "quotes.txt").write_text(_article(5) + "“‘「『（" * 5_000, "utf-8")
    (root / "torn.jsonl").write_text(json.dumps({"text": _article(6)}) + '\n{"text": "银行', "utf-8")
    out = tmp_path / "out"
    summary = annotate_to([root], out, RULES)
    records = {record.source.path for record in _records(out) if record.source}
    failed = {error["file"] for error in _errors(out)}
    assert {"good.txt", "quotes.txt", "torn.jsonl"} <= records
    assert {"empty.txt", "binary.txt", "line.txt", "torn.jsonl"} <= failed
    assert records | failed == {path.name for path in root.iterdir()}
    assert summary.failures == len(_errors(out))
    for error in _errors(out):
        assert error["message"]
        assert error["stage"] == "reading"


class Breaks:
    """A stage that cannot take articles which name the Moon."""

    name = "moon"
    version = "1"
    requires = frozenset({"text"})
    provides = frozenset({"sentences"})

    def predict(self, docs: list[types.Record], features: object) -> list[types.Layer]:
        if any("月球" in doc.text for doc in docs):
            raise ValueError("no market there")
        return [types.Layer(sentences=[(0, len(doc.text))]) for doc in docs]


def test_only_the_article_at_fault_is_lost() -> None:
    articles = [types.Record(str(number), "月球银行" if number == 3 else "东湖银行") for number in range(6)]
    outcome = Annotator(Pipeline([Breaks()]), ReadOptions()).run(Chunk(articles=list(articles)))
    assert outcome.articles == 5
    (failure,) = outcome.failures
    assert (failure.file, failure.stage) == ("3", "moon")
    assert "no market there" in failure.message


def test_killed_worker_costs_one_article(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    deadly = importlib.import_module("deadly")
    (folder / "2024" / "05.txt").write_text(_article(5) + "致命段落\n", "utf-8")
    monkeypatch.setattr(engine, "Setup", deadly.DeadlySetup)
    summary = annotate_to([folder], tmp_path / "out", Options(model=None, workers=2, stages=("risks",)))
    (error,) = _errors(tmp_path / "out")
    assert (error["file"], error["stage"]) == ("2024/05.txt", "worker")
    assert "died" in error["message"]
    assert (summary.articles, summary.failures) == (81, 1)


def test_killed_worker_costs_one_article_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    deadly = importlib.import_module("deadly")
    texts = [_article(number) + ("致命段落\n" if number == 3 else "") for number in range(5)]
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    (tmp_path / "wire.jsonl").write_text("\n".join(lines), "utf-8")
    monkeypatch.setattr(engine, "Setup", deadly.DeadlySetup)
    summary = annotate_to([tmp_path / "wire.jsonl"], tmp_path / "out", Options(model=None, workers=2))
    (error,) = _errors(tmp_path / "out")
    assert (error["file"], error["place"], error["stage"]) == ("wire.jsonl", "article 4", "worker")
    assert summary.articles == 4


def test_workers_that_cannot_start(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    deadly = importlib.import_module("deadly")
    monkeypatch.setattr(engine, "Setup", deadly.StillbornSetup)
    with pytest.raises(ConfigError, match=r"die before they have read anything .* use fewer workers"):
        annotate_to([folder], tmp_path / "out", Options(model=None, workers=2, stages=("risks",)))
    assert _records(tmp_path / "out") == []


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the worker processes in /proc")
def test_workers_end_with_a_killed_run(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "finnlp_zh", "annotate", str(folder), "-o", str(tmp_path / "out")]
    process = subprocess.Popen([*command, "--model", "none", "--workers", "2"], stderr=subprocess.DEVNULL)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers: list[Path] = []
    while process.poll() is None and not workers:
        found = [Path("/proc", child) for child in children.read_text().split()]
        workers = [child for child in found if "spawn_main" in (child / "cmdline").read_text()]
    process.kill()
    process.wait()
    assert workers
    deadline = time.monotonic() + 30
    while any(_runs(worker) for worker in workers):
        assert time.monotonic() < deadline, "a worker waits for ever"
        time.sleep(0.05)


def _runs(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_file_vanishes_while_read(folder: Path, tmp_path: Path) -> None:
    (folder / "2025").mkdir()
    for number in range(3):
        (folder / "2025" / f"{number}.txt").write_text(_article(number), "utf-8")
    files = [folder / "wire.jsonl", folder / "2024", folder / "2025"]

    def remove(summary: engine.Summary, share: float) -> None:
        (folder / "2025" / "1.txt").unlink(missing_ok=True)

    out = tmp_path / "out"
    summary = annotate_to(files, out, QUICK, on_progress=remove)
    (error,) = _errors(out)
    assert (error["file"], error["stage"]) == ("1.txt", "reading")
    assert "cannot be read: No such file or directory; check that it is there" in error["message"]
    assert (summary.articles, summary.failures) == (84, 1)


def test_full_disk_leaves_whole_lines(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    annotate_to([folder / "2024"], out, QUICK)
    before = (out / "records.jsonl").read_bytes()
    monkeypatch.setattr(engine.journal, "_write_all", _half_then_full)
    with pytest.raises(ConfigError, match=r"cannot write .*records.jsonl: No space left on device; free space"):
        annotate_to([folder], out, QUICK)
    assert (out / "records.jsonl").read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files")
def test_refused_write_as_the_shell_sees_it(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY)); "
        "from finnlp_zh.cli import main; main()"
    )
    arguments = ["annotate", str(folder), "-o", str(out), "--model", "none", "--stages", "risks", "--workers", "1"]
    done = subprocess.run([sys.executable, "-c", limited, *arguments], capture_output=True, check=False)
    assert done.returncode == 2
    message = done.stderr.decode()
    assert "cannot write" in message
    assert "it goes on where it stopped" in message
    assert "Traceback" not in message
    assert 0 < (out / "records.jsonl").stat().st_size <= 30_000
    assert (out / "records.jsonl").read_bytes().endswith(b"\n")
    assert annotate_to([folder], out, QUICK).skipped == 12
    assert len(_records(out)) == 82


def test_damaged_line_is_done_again(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    annotate_to([folder], out, QUICK)
    whole = (out / "records.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    lines[50] = b"\0" * (len(lines[50]) - 1) + b"\n"  # what a power cut leaves of a block that was not yet written
    (out / "records.jsonl").write_bytes(b"".join(lines))
    assert annotate_to([folder], out, QUICK).skipped == 50
    assert (out / "records.jsonl").read_bytes() == whole


def test_full_disk_leaves_no_half_table(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")

    def full(self: object, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet.ParquetWriter, "write_table", full)
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match=r"parquet: cannot be written: No space left on device"):
        annotate_to([folder], out, Options(model=None, workers=1, stages=("risks",), format="parquet"))
    assert len(_records(out)) == 82
    assert not list(out.glob("*.parquet"))
    assert not list(out.glob(".*"))


def _half_then_full(stream: object, data: bytes) -> None:
    stream.write(data[: len(data) // 2])  # type: ignore[attr-defined]
    raise OSError(28, "No space left on device")


def test_parquet_tables(folder: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "out"
    annotate_to([folder], out, Options(model=None, workers=1, format="parquet"))
    records = _records(out)
    claims = parquet.read_table(out / "claims.parquet").to_pylist()
    assert len(claims) == sum(len(record.claims) for record in records)
    texts = {record.doc_id: record.text for record in records}
    for row in claims:
        assert texts[row["doc_id"]][row["start"] : row["end"]] == row["text"]
    assert parquet.read_table(out / "documents.parquet").num_rows == 82
    assert not list(out.glob(".*"))


@pytest.mark.parametrize(
    ("paths", "options", "message"),
    [
        (["missing"], QUICK, "missing"),
        (["."], Options(format="xml"), "no format is called 'xml'"),
        (["."], Options(workers=0), "at least 1"),
        (["."], Options(model=None, stages=("moods",)), "no stage is called 'moods'"),
    ],
)
def test_wrong_use(
    paths: list[str], options: Options, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(_article(1), "utf-8")
    with pytest.raises((ConfigError, InputError), match=message):
        annotate_to(paths, tmp_path / "out", options)


def test_unwritable_output(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot write"):
        annotate_to([folder], tmp_path / "file", QUICK)


def test_documents_one_by_one(folder: Path) -> None:
    (folder / "2024" / "00.txt").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"^00\.txt: the file is empty"):
        documents = list(annotate([folder / "2024", folder / "wire.jsonl"], QUICK))
    assert [document.record.doc_id for document in documents[:2]] == ["01", "02"]
    assert len(documents) == 81
    failures: list[object] = []
    assert len(list(annotate([folder], QUICK, on_failure=failures.append))) == 81
    assert len(failures) == 1
