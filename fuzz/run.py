"""Fuzz with atheris, guided by coverage: ``python fuzz/run.py TARGET --minutes 10 --work FOLDER`` (extra ``fuzz``).

Every new kind of failure (exception and the innermost line of ours) is written to ``FOLDER/TARGET/findings`` with its
input and its trace, and the run goes on. An input that takes more than ``--slowest`` seconds of CPU time is a finding.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["finnlp_zh"]):
    from targets import TARGETS, spell

    from finnlp_zh.loading import load

    load(None)  # the stages are imported where they are asked for; what is imported later is not watched

KEPT = Path(__file__).parent / "corpus"
SPECS = Path(__file__).parents[1] / "tests" / "specs"


class Findings:
    """The kinds of failure seen so far, one input each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.inputs = 0
        self.slowest = 0.0
        self._started = self._told = time.monotonic()

    def note(self, seconds: float) -> None:
        """Count an input in. The tally goes to ``status.json``: the fuzzer ends the process itself."""
        self.inputs += 1
        self.slowest = max(self.slowest, seconds)
        if (now := time.monotonic()) - self._told > 10:
            self._told = now
            status = {
                "minutes": round((now - self._started) / 60, 1),
                "inputs": self.inputs,
                "slowest_s": round(self.slowest, 2),
                "findings": len(list(self._folder.glob("*.bin"))),
            }
            (self._folder.parent / "status.json").write_text(json.dumps(status) + "\n")

    def add(self, kind: str, data: bytes, report: str) -> None:
        """Write the first input of a kind."""
        name = hashlib.sha256(kind.encode()).hexdigest()[:12]
        if not (self._folder / f"{name}.txt").exists():
            (self._folder / f"{name}.bin").write_bytes(data)
            (self._folder / f"{name}.txt").write_text(f"{kind}\n\n{report}", "utf-8", "backslashreplace")


def watched(target: Callable[[bytes], object], findings: Findings, slowest: float) -> Callable[[bytes], None]:
    """Give the target as a function that notes its failures and never raises."""

    def once(data: bytes) -> None:
        started = time.process_time()
        try:
            target(data)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            ours = [frame for frame in frames if "finnlp_zh" in frame.filename] or frames
            kind = f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}"
            findings.add(kind, data, "".join(traceback.format_exception(error)))
        seconds = time.process_time() - started
        if seconds > max(slowest, findings.slowest):
            findings.add(f"slow: {seconds:.0f} s", data, f"{len(data):,} bytes took {seconds:.1f} s")
        findings.note(seconds)

    return once


def _spec_texts() -> Iterator[str]:
    """Give the sentences of the stages' specs: each makes some rule speak."""
    for path in sorted(SPECS.rglob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            if isinstance(text := json.loads(line).get("text"), str):
                yield text


def main() -> None:
    """Run one target for a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--work", type=Path, required=True, help="folder of the growing corpus and the findings")
    parser.add_argument("--longest", type=int, default=2_000, help="bytes of an input")
    parser.add_argument("--slowest", type=float, default=10.0, help="seconds of CPU time that one input may take")
    options = parser.parse_args()
    folder = options.work / options.target
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    findings = Findings(folder / "findings")
    if options.target != "read":
        for number, text in enumerate(_spec_texts()):
            (corpus / f"spec-{number}").write_bytes(spell(text)[: options.longest])
    kept = [str(KEPT / options.target)] if (KEPT / options.target).is_dir() else []
    limits = [f"-max_total_time={int(60 * options.minutes)}", f"-max_len={options.longest}", "-timeout=120"]
    limits += ["-rss_limit_mb=4000", "-len_control=10", f"-artifact_prefix={folder}/", "-print_final_stats=1"]
    atheris.Setup(
        [sys.argv[0], *limits, str(corpus), *kept], watched(TARGETS[options.target], findings, options.slowest)
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
