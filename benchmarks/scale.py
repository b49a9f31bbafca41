"""One machine, many articles: memory, time, and what is left after the run is killed again and again.

    python benchmarks/scale.py FILE… --work FOLDER [--articles 100000] [--model none] [--kills 10] [--json RESULT]

FILE is JSON Lines with a ``text`` field (``.gz`` too). Its sentences are recombined into ``--articles`` articles of
250 to 300 characters, the same for the same ``--seed``, in ``--work``. Then ``finnlp annotate`` runs on a twentieth of
them, on all of them, and on all of them once more, that time killed with SIGKILL at ``--kills`` random points and taken
up again, the last time with a worker process killed. The table gives wall and processor time and the peak of memory: of
all the run's processes together, and of the one that was started. The exit code is 1 where a record is lost, doubled or
altered, a worker outlives its run, or memory grows by more than a tenth.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_SHARE = 20  # the small run takes one article in so many
_SHORTEST, _LONGEST = 250, 300
_A_FILE = 1_000
_TICK = 0.05
_SENTENCE = re.compile(r"[^。！？\n]{8,120}[。！？]”?")


@dataclass
class Ran:
    """What one run of the command took; memory in MB, time in seconds."""

    name: str
    articles: int
    wall_s: float
    cpu_s: float
    peak_mb: int
    own_peak_mb: int
    output: str

    def line(self) -> str:
        """Give the table's row."""
        per_million = self.cpu_s / self.articles * 1e6 / 3600
        return (
            f"{self.name:<24}{self.articles:>9,}{self.wall_s:>9.1f}{self.cpu_s:>9.1f}{per_million:>12.2f}"
            f"{self.peak_mb:>9}{self.own_peak_mb:>8}  {self.output[:12]}"
        )


HEAD = f"{'run':<24}{'articles':>9}{'wall s':>9}{'cpu s':>9}{'cpu h/1e6':>12}{'peak MB':>9}{'own MB':>8}  output"


def recombine(paths: Sequence[Path], count: int, seed: int) -> Iterator[dict[str, str]]:
    """Give ``count`` articles made of runs of sentences that stand together in a source article."""
    articles = [_SENTENCE.findall(text) for path in paths for text in _texts(path)]
    articles = [sentences for sentences in articles if len(sentences) > 1]
    chance = random.Random(seed)
    for number in range(count):
        runs: list[str] = []
        length = 0
        while length < _SHORTEST:
            sentences = chance.choice(articles)
            start = chance.randrange(len(sentences) - 1)
            run = "".join(sentences[start : start + 2])
            if length + len(run) <= _LONGEST:
                runs.append(run)
                length += len(run)
        day = f"{2015 + number % 10}-{1 + number % 12:02}-{1 + number % 28:02}"
        yield {"title": f"第{number}号快讯", "published": day, "text": "\n".join(runs)}


def _texts(path: Path) -> Iterator[str]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def write_corpus(articles: Iterator[dict[str, str]], folder: Path, layout: str) -> None:
    """Write articles as JSON Lines of a thousand each, or as text files in folders of a thousand."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stream = None
    for number, article in enumerate(articles):
        if layout == "files":
            place = folder / f"{number // _A_FILE:04}"
            place.mkdir(exist_ok=True)
            head = f"{article['title']}\n{article['published']}\n"
            (place / f"{number % _A_FILE:03}.txt").write_text(head + article["text"] + "\n", "utf-8")
            continue
        if number % _A_FILE == 0:
            if stream is not None:
                stream.close()
            stream = (folder / f"{number // _A_FILE:04}.jsonl").open("w", encoding="utf-8")
        stream.write(json.dumps(article, ensure_ascii=False) + "\n")
    if stream is not None:
        stream.close()


class Run:
    """One running ``finnlp annotate``: its processes, and their memory as sampled from /proc."""

    def __init__(self, source: Path, out: Path, options: argparse.Namespace) -> None:
        self.records = out / "records.jsonl"
        command = [sys.executable, "-m", "finnlp_zh", "annotate", str(source), "-o", str(out)]
        command += ["--model", options.model, "--workers", str(options.workers)]
        if options.stages:
            command += ["--stages", options.stages]
        self.started = time.perf_counter()
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.seen: set[int] = set()
        self.peak = self.own_peak = 0
        self._watch = threading.Thread(target=self._sample, daemon=True)
        self._watch.start()

    def wait(self, name: str, articles: int) -> Ran:
        """Wait for the end, and give what it took. Raises `RuntimeError` where it did not end well."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - self.started
        if self.process.returncode:
            raise RuntimeError(f"{name}: exit code {self.process.returncode}")
        cpu = usage.ru_utime + usage.ru_stime
        return Ran(name, articles, wall, cpu, self.peak >> 10, self.own_peak >> 10, _digest(self.records))

    def kill_at(self, size: int) -> bool:
        """Kill the command when its output has reached ``size`` bytes; false where it ended before."""
        while self.process.poll() is None:
            if self.records.exists() and self.records.stat().st_size >= size:
                self.process.kill()
                self.process.wait()
                return True
            time.sleep(_TICK / 10)
        return False

    def workers(self) -> list[int]:
        """Give the process ids of the workers that are alive."""
        return [pid for pid in _descendants(self.process.pid) if "spawn_main" in _command_line(pid)]

    def outlived(self) -> list[int]:
        """Give the workers that are still there some seconds after the command is gone."""
        deadline = time.monotonic() + 10
        while left := [pid for pid in self.seen if "spawn_main" in _command_line(pid)]:
            if time.monotonic() > deadline:
                return left
            time.sleep(_TICK)
        return []

    def _sample(self) -> None:
        while self.process.returncode is None:
            pids = [self.process.pid, *_descendants(self.process.pid)]
            self.seen.update(pids[1:])
            sizes = [_resident(pid) for pid in pids]
            self.peak = max(self.peak, sum(sizes))
            self.own_peak = max(self.own_peak, sizes[0])
            time.sleep(_TICK)


def _descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [found for child in map(int, children) for found in (child, *_descendants(child))]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _resident(pid: int) -> int:
    """Give a process' memory in kB; pages that processes share are counted by share."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _count(path: Path) -> tuple[int, int]:
    """Give the number of records and of different ids among them."""
    ids = set()
    lines = 0
    with path.open("rb") as stream:
        for line in stream:
            lines += 1
            ids.add(json.loads(line)["doc_id"])
    return lines, len(ids)


def killed_run(source: Path, out: Path, size: int, options: argparse.Namespace) -> tuple[int, list[int], Run]:
    """Start the command again and again, kill it at random points of its output, and let the last one go on.

    Gives the number of kills, the workers that outlived one, and the last run.
    """
    chance = random.Random(options.seed)
    kills, outlived = 0, []
    for point in sorted(chance.randrange(size) for _ in range(options.kills)):
        run = Run(source, out, options)
        kills += run.kill_at(point)
        outlived += run.outlived()
    last = Run(source, out, options)
    if workers := last.workers() or _wait_for(last):
        os.kill(chance.choice(workers), signal.SIGKILL)  # as the kernel does when memory is short
    return kills, outlived, last


def _wait_for(run: Run) -> list[int]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and run.process.poll() is None:
        if workers := run.workers():
            return workers
        time.sleep(_TICK)
    return []


def measure(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """Make the corpus and do the runs; gives the figures, and what is wrong in plain sentences."""
    work, count = options.work, options.articles
    few, small, whole = count // _SHARE, work / "small", work / "whole"
    write_corpus(recombine(options.paths, few, options.seed), small, options.layout)
    write_corpus(recombine(options.paths, count, options.seed), whole, options.layout)
    outs = {name: work / f"out-{name}" for name in ("small", "whole", "killed")}
    for out in outs.values():
        shutil.rmtree(out, ignore_errors=True)
    print(f"load before: {os.getloadavg()[0]:.1f}\n{HEAD}", flush=True)
    rows = [Run(small, outs["small"], options).wait("a twentieth", few)]
    print(rows[-1].line(), flush=True)
    rows.append(Run(whole, outs["whole"], options).wait("all", count))
    print(rows[-1].line(), flush=True)
    wrong = []
    first, second = rows
    if second.peak_mb > 1.1 * first.peak_mb:
        wrong.append(f"memory grew from {first.peak_mb} to {second.peak_mb} MB")
    if _count(outs["whole"] / "records.jsonl") != (count, count):
        wrong.append(f"{_count(outs['whole'] / 'records.jsonl')} records and ids for {count} articles")
    kills = 0
    if options.kills:
        size = (outs["whole"] / "records.jsonl").stat().st_size
        kills, outlived, last = killed_run(whole, outs["killed"], size, options)
        rows.append(last.wait(f"killed {kills}x, the end", count))
        print(rows[-1].line(), flush=True)
        if rows[-1].output != second.output:
            wrong.append("the killed run's output differs from the uninterrupted one's")
        if outlived:
            wrong.append(f"workers outlived a killed run: {outlived}")
    print(f"processor time per article, all : a twentieth = {_per(second) / _per(first):.2f}")
    figures = {
        "layout": options.layout, "model": options.model, "workers": options.workers, "kills": kills,
        "load": os.getloadavg(), "rows": [asdict(row) for row in rows], "wrong": wrong,
    }  # fmt: skip
    return figures, wrong


def _per(ran: Ran) -> float:
    return ran.cpu_s / ran.articles


def main() -> None:
    """Print the table; exit code 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--work", type=Path, required=True, help="a folder for the corpus and the outputs")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--layout", choices=["lines", "files"], default="lines")
    parser.add_argument("--model", default="small", help="or none, for rules alone")
    parser.add_argument("--stages")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures, wrong = measure(options)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print("; ".join(wrong) or "nothing lost, doubled or altered; memory flat")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
