"""Policy tone on hand-made cases, by class: the rules of the stage beside classifiers that learn from the train cases.

    python benchmarks/policy_tone.py --train tests/specs/tone/policy.jsonl corpora/tone/train.jsonl \
        --test tests/specs/tone/unseen.jsonl corpora/tone/test.jsonl

A case is a sentence, the body that acts in it, its tone (none: no policy is spoken of), and whether it looks forward.
No rule was changed after a look at the test cases. The classifiers are logistic regressions over character n-grams, and
over n-grams with what the rules found; figures cross-validated on the train cases stand beside those on the test cases.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from finnlp_zh.encoder.features import Features
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.tone import ToneStage
from finnlp_zh.types import Entity, Mention, Quote, Record, Speaker

TONES = ("easing", "tightening", "neutral", "none")
OUTLOOKS = ("forward", "not forward")


def _cases(paths: Sequence[Path]) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]


def _gold(case: dict[str, Any]) -> tuple[str, str]:
    expected = case["expected"]
    return ("none", "none") if expected is None else (expected["tone"], OUTLOOKS[not expected["forward_looking"]])


def _record(case: dict[str, Any]) -> Record:
    """The case as an article; a ``quote`` is the body's, or an outsider's where the case names a ``speaker``."""
    text = case["text"]
    kind, name = case["body"]
    place = text.index(name)
    body = Entity("e1", kind, name, mentions=[Mention("m1", (place, place + len(name)), name, "name")])
    record = Record(case["id"], text, sentences=split_sentences(text), entities=[body])
    if "quote" in case:
        start = text.index(case["quote"])
        speaker = Speaker("m1", (place, place + len(name)), "e1", True, "official")
        if "speaker" in case:
            record.entities.append(Entity("e2", case["speaker"], text[:2]))
            speaker = Speaker(None, (0, 2), "e2", True, "analyst")
        record.quotes = [Quote("q1", "indirect", [(start, start + len(case["quote"]))], speaker=speaker)]
    return record


def _by_rules(cases: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    records = [_record(case) for case in cases]
    found = []
    for layer in ToneStage().predict(records, [Features() for _ in records]):
        tones = list(layer.policy or [])
        found.append((tones[0].tone, OUTLOOKS[not tones[0].forward_looking]) if tones else ("none", "none"))
    return found


def _learner(*, rules: bool) -> Any:
    def texts(rows: Any) -> list[str]:
        return [text for text, _ in rows]

    def told(rows: Any) -> list[dict[str, str]]:
        return [{"tone": tone, "outlook": outlook} for _, (tone, outlook) in rows]

    ngrams = make_pipeline(FunctionTransformer(texts), TfidfVectorizer(analyzer="char", ngram_range=(1, 3)))
    parts = [("ngrams", ngrams)]
    if rules:
        parts.append(("rules", make_pipeline(FunctionTransformer(told), DictVectorizer())))
    return make_pipeline(FeatureUnion(parts), LogisticRegression(C=10, class_weight="balanced", max_iter=1000))


def _table(name: str, labels: Sequence[str], gold: Sequence[str], found: Sequence[str]) -> None:
    shares = precision_recall_fscore_support(gold, found, labels=labels, zero_division=0)
    print(f"{name}: {100 * accuracy_score(gold, found):.1f} % of {len(gold)} right")
    for label, precision, recall, score, count in zip(labels, *shares, strict=True):
        print(f"  {label:12} P {100 * precision:5.1f}  R {100 * recall:5.1f}  F1 {100 * score:5.1f}  of {count}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Policy tone and outlook on hand-made cases")
    parser.add_argument("--train", type=Path, nargs="+", required=True)
    parser.add_argument("--test", type=Path, nargs="+", required=True)
    given = parser.parse_args()
    train, test = _cases(given.train), _cases(given.test)
    rules = {"train": _by_rules(train), "test": _by_rules(test)}
    rows = {
        "train": [(case["text"], told) for case, told in zip(train, rules["train"], strict=True)],
        "test": [(case["text"], told) for case, told in zip(test, rules["test"], strict=True)],
    }
    for at, (name, labels) in enumerate((("tone", TONES), ("outlook", OUTLOOKS))):
        learnt, gold = [_gold(case)[at] for case in train], [_gold(case)[at] for case in test]
        _table(f"{name} by rules, test cases", labels, gold, [told[at] for told in rules["test"]])
        for title, model in (("n-grams", _learner(rules=False)), ("n-grams and rules", _learner(rules=True))):
            guessed = cross_val_predict(model, rows["train"], learnt, cv=5)
            found = model.fit(rows["train"], learnt).predict(rows["test"])
            scores = _macro(learnt, guessed), _macro(gold, found)
            print(f"{name} learnt from {title}: macro-F1 cross-validated {scores[0]:.1f}, test {scores[1]:.1f}")
        scores = (
            _macro(learnt, [told[at] for told in rules["train"]]),
            _macro(gold, [told[at] for told in rules["test"]]),
        )
        print(f"{name} by rules: macro-F1 train {scores[0]:.1f}, test {scores[1]:.1f}")


def _macro(gold: Sequence[str], found: Sequence[str]) -> float:
    return 100 * float(f1_score(gold, found, average="macro"))


if __name__ == "__main__":
    main()
