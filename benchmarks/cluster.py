"""Ray actors on one machine: how much faster two of them are than one, and that they give the same records.

    python benchmarks/cluster.py FOLDER [--articles 2000] [--actors 1 2] [--repeats 2] [--model small] [--json RESULT]

FOLDER holds JSON Lines as `benchmarks/scale.py` makes them. Every run has a Ray of its own and does a quarter of the
articles, then all of them; the rate is that of the difference, so that no start counts. The runs alternate. Processor
time (of all that Ray starts, per article, start-up included) is given too: on a machine that does other work rates say
little, and two actors are at best ``2 × time of one / time of two`` as fast as one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


def measure(folder: Path, articles: int, actors: int, model: str) -> dict[str, Any]:
    """Do one run in this process."""
    # Ray's workers are otherwise given only what other processes leave.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    from finnlp_zh.distributed import annotate
    from finnlp_zh.engine import Options

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            rows.append({"doc_id": f"{path.stem}#{number}", **json.loads(line)})
    rows = rows[:articles]
    meter = _Meter()
    options = Options(model=None if model == "none" else model, workers=actors)

    def run(some: list[dict[str, str]]) -> tuple[float, float, list[str]]:
        start, start_cpu = time.perf_counter(), meter.total()
        found = annotate(ray.data.from_items(some, override_num_blocks=8), options).take_all()
        taken = time.perf_counter() - start, meter.total() - start_cpu
        return *taken, sorted(row["record"] for row in found)

    run(rows[:64])  # the first run of a Ray starts much that later ones find
    few = run(rows[: articles // 4])
    all_ = run(rows)
    more = len(all_[2]) - len(few[2])
    return {
        "actors": actors,
        "articles": len(all_[2]),
        "articles_per_s": round(more / (all_[0] - few[0]), 2),
        "cpu_ms_per_article": round(1000 * all_[1] / len(all_[2]), 2),
        "load": round(os.getloadavg()[0], 1),
        "records": hashlib.sha256("\n".join(all_[2]).encode()).hexdigest()[:16],
    }


class _Meter:
    """Adds up the processor time of a process and all under it, those that have ended too."""

    def __init__(self) -> None:
        self._spent: dict[int, float] = {}
        threading.Thread(target=self._sample, daemon=True).start()

    def total(self) -> float:
        """Give the seconds used so far."""
        self._look(os.getpid())
        return sum(self._spent.copy().values())

    def _sample(self) -> None:
        while True:
            self._look(os.getpid())
            time.sleep(0.1)

    def _look(self, pid: int) -> None:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            return
        self._spent[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
        for child in children:
            self._look(int(child))


def main() -> None:
    """Print a row a run, and how the numbers of actors compare; exit code 1 where the records differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--actors", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--model", default="small")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.folder, options.articles, options.child, options.model)))
        return
    rows = []
    for actors in options.actors * options.repeats:
        command = [sys.executable, __file__, *sys.argv[1:], "--child", str(actors)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(rows[-1], flush=True)
    means = {}
    for actors in options.actors:
        runs = [row for row in rows if row["actors"] == actors]
        means[actors] = [sum(row[key] for row in runs) / len(runs) for key in ("articles_per_s", "cpu_ms_per_article")]
    rate, cost = means[options.actors[0]]
    for actors, (other_rate, other_cost) in means.items():
        bound = actors / options.actors[0] * cost / other_cost
        print(f"{actors} actors: {other_rate / rate:.2f} x the rate; by processor time at best {bound:.2f} x")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    sys.exit(len({row["records"] for row in rows}) != 1)


if __name__ == "__main__":
    main()
