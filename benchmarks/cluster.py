"""Ray actors on one machine: how much faster two of them are than one, and that they give the same records.

    python benchmarks/cluster.py FOLDER [--articles 2000] [--actors 1 2] [--repeats 2] [--model small] [--json RESULT]

FOLDER holds JSON Lines as `benchmarks/scale.py` makes them. Every run has a Ray of its own, and its rate is taken
between the first rows that come out and the last, so that no start counts; the runs alternate. Processor time (of the
actors and all that Ray starts, per article) is given too: on a machine that does other work only that compares, and
two actors are at best as much faster than one as ``actors × time of one / time of two`` says.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import subprocess
import sys
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
    options = Options(model=None if model == "none" else model, workers=actors)
    found: dict[str, str] = {}
    marks: list[tuple[float, float, int]] = []
    for batch in annotate(ray.data.from_items(rows, override_num_blocks=16), options).iter_batches(batch_size=None):
        found.update(zip(batch["doc_id"], batch["record"], strict=True))
        marks.append((time.perf_counter(), _processor_time(os.getpid()), len(found)))
    (start, start_cpu, first), (end, end_cpu, last) = marks[0], marks[-1]
    digest = hashlib.sha256("".join(found[key] for key in sorted(found)).encode()).hexdigest()
    return {
        "actors": actors,
        "articles": last,
        "articles_per_s": round((last - first) / (end - start), 2),
        "cpu_ms_per_article": round(1000 * (end_cpu - start_cpu) / (last - first), 2),
        "load": round(os.getloadavg()[0], 1),
        "records": digest,
    }


def _processor_time(pid: int) -> float:
    """Give the seconds that a process and all under it have used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS + sum(_processor_time(int(child)) for child in children)


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
