"""Three published BBT-FinCUGE tasks on stance and risk events: trained on the train parts, scored on the eval parts.

    python benchmarks/fincuge.py ../shared/data/fincuge

finfe: sentiment of stock comments (3 classes, accuracy). finnsp: whether a text is negative about a company (F1 of the
negative class). finese: the type of a risk event, given its subject (21 types and "other", accuracy). The classifier is
linear over character n-grams: no encoder, seconds to train, and a floor for any head that would replace it.

Beside finfe stand the accuracies that the DISC-FinLLM project publishes for large language models (arXiv:2310.15205,
README of FudanDISC/DISC-FinLLM): prompted with a few examples, not trained on the task; which of its texts they read is
not said. For finnsp and finese nothing comparable is known to us: BBT-Fin (arXiv:2302.09432) scores finnsp together
with the subject, and finese in DISC-FinLLM is the extraction of the subject.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score
from sklearn.svm import LinearSVC

Example = tuple[str, str]

# FinFE accuracy in percent, from the table of DISC-FinLLM's README.
PUBLISHED = {
    "finfe": {
        "Baichuan-13B-Chat": 64.8,
        "Baichuan-13B-Chat, LoRA": 69.3,
        "ChatGLM": 56.7,
        "ChatGLM, LoRA": 60.7,
        "ChatGLM2": 61.3,
        "ChatGLM2, LoRA": 65.3,
    }
}

_SUBJECT = "☆"
_BEFORE, _BEHIND = 25, 40  # characters around the subject that are read twice


class Task(NamedTuple):
    """How a task's rows become (text, label), and the figure that it is scored by."""

    example: Callable[[list[Any]], Example]
    score: Callable[[list[str], list[str]], float]
    figure: str


def _comment(row: list[Any]) -> Example:
    return row[0], str(row[1])


def _negative(row: list[Any]) -> Example:
    return f"{row[1]} {row[2]}", row[4]


def _event(row: list[Any]) -> Example:
    """Two events may share a text; the words around the subject, counted twice, say which is meant."""
    text = row[1].replace(row[3], _SUBJECT)
    found = text.find(_SUBJECT)
    near = text[max(0, found - _BEFORE) : found + _BEHIND] if found >= 0 else ""
    return f"{near} {text}", row[2]


TASKS = {
    "finfe": Task(_comment, accuracy_score, "accuracy"),
    "finnsp": Task(_negative, lambda gold, found: f1_score(gold, found, pos_label="1"), "F1 negative"),
    "finese": Task(_event, accuracy_score, "accuracy"),
}


def _read(folder: Path, task: str, part: str) -> list[Example]:
    with gzip.open(folder / task / f"{part}_list.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [TASKS[task].example(json.loads(line)) for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description="BBT-FinCUGE: finfe, finnsp, finese")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    print(f"scikit-learn {sklearn.__version__}")
    for name, task in TASKS.items():
        started = time.perf_counter()
        texts, labels = zip(*_read(folder, name, "train"), strict=True)
        vectors = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True, max_features=400_000
        )
        model = LinearSVC(C=0.5, class_weight="balanced", random_state=0).fit(vectors.fit_transform(texts), labels)
        texts, gold = zip(*_read(folder, name, "eval"), strict=True)
        found = model.predict(vectors.transform(texts))
        value = 100 * task.score(list(gold), list(found))
        print(f"{name:8} {task.figure} {value:.1f} on {len(gold)} examples, {time.perf_counter() - started:.0f} s")
        for model_name, published in PUBLISHED.get(name, {}).items():
            print(f"{'':8} {task.figure} {published:.1f} {model_name} (published, few examples)")


if __name__ == "__main__":
    main()
