"""Peers beside us on the figures of hand-labelled articles: whose value is right.

    python benchmarks/claims_peers.py ../shared/gold/dev.jsonl [--python VENV/bin/python]

Each peer reads the text of a figure as the gold marks it.
A value is right where it equals an end of the labelled value after its unit's scale; percents are compared in percent.
Peers: Microsoft recognizers-text-suite (numbers, percents, currencies, dimensions), jionlp (money), cn2an (numerals).
They may live in another environment (``--python``), since recognizers-text-suite wants ``emoji<2``; without it, a peer
that is not installed is left out and said so.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Reader = Callable[[str], list[float]]


def ours() -> Reader:
    from finnlp_zh.stages.claims.figures import find_figures

    def read(text: str) -> list[float]:
        return [end for figure in find_figures(text) for end in (figure.low, figure.high) if end is not None]

    return read


def recognizers() -> Reader:
    from recognizers_number import recognize_number, recognize_percentage
    from recognizers_number_with_unit import recognize_currency, recognize_dimension

    models = (recognize_currency, recognize_dimension, recognize_percentage, recognize_number)

    def read(text: str) -> list[float]:
        found = (result.resolution for model in models for result in model(text, "zh-cn"))
        return [number for one in found if one and (number := _number(one.get("value"))) is not None]

    return read


def jionlp() -> Reader:
    import jionlp as jio

    def read(text: str) -> list[float]:
        try:
            parsed = jio.parse_money(text)
        except ValueError:
            return []
        numbers = parsed["num"] if isinstance(parsed["num"], list) else [parsed["num"]]
        return [number for one in numbers if (number := _number(one)) is not None]

    return read


def cn2an() -> Reader:
    import cn2an as library

    def read(text: str) -> list[float]:
        bare = re.sub(r"[^0-9.零一二三四五六七八九十百千万亿两点%负-]", "", text)
        try:
            return [float(library.cn2an(bare.rstrip("%"), "smart"))]
        except ValueError:
            return []

    return read


PEERS: dict[str, tuple[str, Callable[[], Reader], tuple[str, ...]]] = {
    "finnlp-zh": (
        "finnlp-zh",
        ours,
        ("money", "percent", "count", "physical", "points", "multiple", "duration", "rate"),
    ),
    "recognizers-text-suite": ("recognizers-text-suite", recognizers, ("money", "percent", "count", "physical")),
    "jionlp": ("jionlp", jionlp, ("money",)),
    "cn2an": ("cn2an", cn2an, ("money", "percent", "count", "physical")),
}


def _number(value: Any) -> float | None:
    try:
        return float(str(value).rstrip("%").replace(",", ""))
    except ValueError:
        return None


def read_figures(gold: Path) -> list[dict[str, Any]]:
    """Give every labelled figure: its text, kind and the ends of its value."""
    articles = [json.loads(line) for line in gold.read_text("utf-8").splitlines()]
    return [
        {
            "text": claim["text"],
            "kind": claim["kind"],
            "ends": [end for end in (claim["low"], claim["high"]) if end is not None],
        }
        for article in articles
        for claim in article["claims"]
    ]


def score(name: str, figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Give a peer's version, speed, and the share of right values by kind (all ends of the value found)."""
    package, build, kinds = PEERS[name]
    try:
        reader = build()
        found_version = version(package)
    except (ImportError, PackageNotFoundError, RuntimeError) as error:
        return {"peer": name, "absent": str(error)}
    reader("10亿元")
    began = time.perf_counter()
    right: dict[str, list[bool]] = {}
    for figure in figures:
        found = reader(figure["text"])
        good = all(any(_same(end, value) for value in found) for end in figure["ends"])
        right.setdefault(figure["kind"], []).append(good)
    spent = time.perf_counter() - began
    characters = sum(len(figure["text"]) for figure in figures)
    shares = {kind: (sum(right[kind]), len(right[kind])) for kind in kinds if kind in right}
    return {"peer": name, "version": found_version, "speed": round(characters / spent), "right": shares}


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * max(1.0, abs(one))


def main() -> None:
    """Score every peer, in the other environment where one is given, and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gold", type=Path)
    parser.add_argument("--python", type=Path, help="interpreter of the environment that holds the peers")
    parser.add_argument("--peer", choices=PEERS, help="score this one alone and print JSON")
    options = parser.parse_args()
    figures = read_figures(options.gold)
    if options.peer:
        print(json.dumps(score(options.peer, figures)))
        return
    for name in PEERS:
        interpreter = sys.executable if name == "finnlp-zh" or options.python is None else str(options.python)
        command = [interpreter, __file__, str(options.gold), "--peer", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        result = (
            json.loads(done.stdout.splitlines()[-1])
            if done.returncode == 0
            else {"peer": name, "absent": done.stderr[-200:]}
        )
        print(_line(result))


def _line(result: dict[str, Any]) -> str:
    if "absent" in result:
        return f"{result['peer']}: not here ({result['absent'].strip()})"
    shares = ", ".join(f"{kind} {good}/{count} ({good / count:.1%})" for kind, (good, count) in result["right"].items())
    return f"{result['peer']} {result['version']}: {shares}; {result['speed']:,} characters/s"


if __name__ == "__main__":
    main()
