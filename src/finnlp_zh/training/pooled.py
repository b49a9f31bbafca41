"""Measure classifiers over the encoder's pooled features: stance of quotes, risk themes of sentences.

    python -m finnlp_zh.training.pooled MODEL FINCUGE TRAIN... --test TEST...

Each classifier is scikit-learn's logistic regression, calibrated by a sigmoid on articles held out of it
(`CalibratedClassifierCV`), over cue or rule features and the mean logits of all heads over the quote or sentence, which
the pass over the article gives anyway. ``finfe``, ``finnsp`` and ``finese`` add the log-odds that a classifier trained
on those texts' pooled features gives. Printed are macro-F1 (stance) or F1 over (sentence, theme) and the expected
calibration error, cross-validated by article and on every test file, which nothing is fitted to. The row ``shipped`` is
what the stages do.

The encoder learnt the training articles' labels, so that cross-validated figures of rows with pooled features are too
good: a row is better only where the test files say so too.
"""

from __future__ import annotations

import argparse
import gzip
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from finnlp_zh import encoder
from finnlp_zh.encoder.features import Features
from finnlp_zh.evaluation.metrics import Tally, calibration_error, f1
from finnlp_zh.resources.risks import risk_lexicon, risk_weights
from finnlp_zh.resources.taxonomy import EventMapping, finese_mapping
from finnlp_zh.stages.risks.stage import THEMES
from finnlp_zh.stages.stance import StanceStage
from finnlp_zh.training.risks import gather, shipped_logits
from finnlp_zh.training.stance import LABELS, macro_f1, read_quotes
from finnlp_zh.types import Layer, Record, Span, Stance, read_records

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
_FOLDS: Final = 5
_MOST_CHARACTERS: Final = 300  # of a text of finnsp or finese


class Items(NamedTuple):
    """What is classified: features by block (rows side by side), labels, and the article that each row is of."""

    blocks: Mapping[str, Floats]
    labels: Labels
    articles: Labels


class Task(NamedTuple):
    """Its rows of the table (blocks that are used), the inverse of the penalty, and its score."""

    name: str
    variants: Sequence[tuple[str, ...]]
    strength: float
    figure: str


STANCE: Final = Task(
    "stance",
    (
        ("shipped",), ("cues",), ("cues", "finfe"), ("cues", "finnsp"), ("head",), ("pooled",), ("cues", "head"),
        ("cues", "pooled"), ("cues", "pooled", "finfe"), ("cues", "pooled", "finnsp"),
    ),
    0.03,
    "macro-F1",
)  # fmt: skip
RISKS: Final = Task(
    "risks",
    (
        ("shipped",), ("rules",), ("rules", "finnsp"), ("rules", "finese"), ("head",), ("rules", "head"),
        ("rules", "pooled"), ("rules", "pooled", "finnsp"), ("rules", "pooled", "finese"),
    ),
    1.0,
    "F1",
)  # fmt: skip


def pooled_rows(features: Features, spans: Sequence[Sequence[Span]]) -> Floats:
    """Give the mean logits of all heads over each group of spans, shape (groups, logits)."""
    return np.array(
        [np.concatenate([features.pooled(head, list(group)) for head in features.labels]) for group in spans]
    )


def train_calibrated(rows: Floats, labels: Labels, articles: Labels, strength: float) -> Any:
    """Fit a logistic regression whose sigmoid is found on articles held out of it."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
    folds = list(GroupKFold(_FOLDS).split(rows, labels, articles))
    return CalibratedClassifierCV(model, method="sigmoid", cv=folds, ensemble=False).fit(rows, labels)


def measure(task: Task, train: Items, tests: Mapping[str, Items]) -> Iterator[str]:
    """Give the lines of the task's table."""
    yield f"{task.name}: {task.figure} (ECE)"
    yield f"{'features':24}" + "".join(f"{name:>16}" for name in ("cross-validated", *tests))
    for variant in task.variants:
        if variant == ("shipped",):
            cells = ["", *(_cell(task, items.blocks["shipped"], items.labels) for items in tests.values())]
            yield f"{'shipped':24}" + "".join(f"{cell:>16}" for cell in cells)
            continue
        cells = [_cell(task, *_cross_validated(task, train, variant))]
        model = train_calibrated(_side_by_side(train, variant), train.labels, train.articles, task.strength)
        for items in tests.values():
            cells.append(_cell(task, model.predict_proba(_side_by_side(items, variant)), items.labels))
        yield f"{' + '.join(variant):24}" + "".join(f"{cell:>16}" for cell in cells)


def _cross_validated(task: Task, items: Items, variant: tuple[str, ...]) -> tuple[Floats, Labels]:
    rows = _side_by_side(items, variant)
    chances = np.zeros((len(rows), len(np.unique(items.labels))))
    for kept, held_out in GroupKFold(_FOLDS).split(rows, items.labels, items.articles):
        model = train_calibrated(rows[kept], items.labels[kept], items.articles[kept], task.strength)
        chances[held_out] = model.predict_proba(rows[held_out])
    return chances, items.labels


def _cell(task: Task, chances: Floats, labels: Labels) -> str:
    found = chances.argmax(axis=1)
    if task.figure == "macro-F1":
        score, sure, right = macro_f1(found, labels), chances.max(axis=1), found == labels
    else:
        score = f1(int(found @ labels), int(found.sum()), int(labels.sum()))
        told = found > 0  # a score is printed only where a theme is
        sure, right = chances[told, 1], labels[told] > 0
    tally = Tally()
    tally.calibrate("", zip(sure, right, strict=True))
    return f"{100 * score:.1f} ({100 * float(calibration_error(tally.bins[''])):.1f})"


def _side_by_side(items: Items, variant: tuple[str, ...]) -> Floats:
    return np.concatenate([items.blocks[name] for name in variant], axis=1)


# ---- what is classified ------------------------------------------------------------------------------------------


def stance_items(records: Sequence[Record], features: Sequence[Features], others: Mapping[str, Any]) -> Items:
    """Give every quote that carries a stance."""
    quotes = read_quotes(records)
    told = [[quote.content for quote in record.quotes if quote.stance] for record in records]
    pooled = np.concatenate([pooled_rows(row, spans) for row, spans in zip(features, told, strict=True) if spans])
    order = [features[0].labels["stance"].index(label) for label in LABELS]
    heads = [row.pooled("stance", group)[order] for row, spans in zip(features, told, strict=True) for group in spans]
    shipped = [
        [(1 - found.score) / 2 if label != found.label else found.score for label in LABELS]
        for doc, layer in zip(records, StanceStage().predict(records, features), strict=True)
        for quote, found in zip(doc.quotes, _stances(layer), strict=True)
        if quote.stance
    ]
    blocks = {"cues": quotes.rows, "pooled": pooled, "head": np.array(heads), "shipped": np.array(shipped)}
    blocks |= {name: _log_odds(model, pooled) for name, model in others.items()}
    return Items(blocks, quotes.labels, quotes.articles)


def _stances(layer: Layer) -> list[Stance]:
    assert layer.quotes is not UNSET
    return [quote.stance for quote in layer.quotes if quote.stance is not None]


def risk_items(
    records: Sequence[Record],
    features: Sequence[Features],
    others: Mapping[str, Any],
    by_theme: ByTheme,
    *,
    own: bool,
) -> Items:
    """Give every (sentence, theme); ``own``: the records are those that ``by_theme`` was trained on."""
    evidence, _ = gather(records, features, risk_weights().silence)
    told = 1 / (1 + np.exp(-shipped_logits(evidence)))
    pooled, articles = _sentences(records, features)
    blocks = {
        "shipped": np.stack([1 - told, told], axis=1),
        "rules": evidence.rules[:, None],
        "head": evidence.head[:, None],
        "pooled": by_theme.odds(pooled, own=own).reshape(-1, 1),
        "finnsp": np.repeat(_log_odds(others["finnsp"], pooled), len(THEMES), axis=0),
        "finese": _placed(others["finese"], pooled).reshape(-1, 1),
    }
    return Items(blocks, evidence.labels.astype(np.int64), np.repeat(articles, len(THEMES)))


class ByTheme:
    """One classifier a theme over the pooled features; an article it was trained on is read by one that left it out."""

    def __init__(self, records: Sequence[Record], features: Sequence[Features]) -> None:
        evidence, _ = gather(records, features, 0.0)
        self._labels = evidence.labels.reshape(-1, len(THEMES))
        self._rows, self._articles = _sentences(records, features)

    def odds(self, pooled: Floats, *, own: bool) -> Floats:
        """Give log-odds, shape (sentences, themes); ``own``: the rows are those that it was trained on."""
        odds = np.full((len(pooled), len(THEMES)), -6.0)
        folds = GroupKFold(_FOLDS).split(self._rows, groups=self._articles) if own else [(slice(None), slice(None))]
        for kept, read in folds:
            for theme in range(len(THEMES)):
                labels = self._labels[kept, theme]
                if labels.any():
                    odds[read, theme] = _logistic(self._rows[kept], labels, 0.01).decision_function(pooled[read])
        return odds


def _sentences(records: Sequence[Record], features: Sequence[Features]) -> tuple[Floats, Labels]:
    """Give the pooled features of every sentence, and the article that each is of."""
    rows = [pooled_rows(row, [[span] for span in doc.sentences]) for row, doc in zip(features, records, strict=True)]
    return np.concatenate(rows), np.repeat(np.arange(len(records)), [len(doc.sentences) for doc in records])


def _logistic(rows: Floats, labels: Any, strength: float) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000)).fit(rows, labels)


def _log_odds(model: Any, rows: Floats) -> Floats:
    odds: Floats = model.decision_function(rows)
    return odds.reshape(len(rows), -1)


def _placed(model: Any, rows: Floats) -> Floats:
    """Give the log-odds of every theme; those that the model does not know lie low."""
    odds = np.full((len(rows), len(THEMES)), -6.0)
    for column, theme in enumerate(model.classes_):
        if theme >= 0:
            odds[:, theme] = _log_odds(model, rows)[:, column]
    return odds


# ---- FinCUGE -----------------------------------------------------------------------------------------------------


def train_others(model: encoder.Encoder, folder: Path, most: int) -> dict[str, Any]:
    """Fit classifiers of finfe, finnsp and finese over the pooled features of ``most`` of their texts."""
    mapping = finese_mapping()
    tables = {name: list(_rows(folder / name))[:most] for name in ("finfe", "finnsp", "finese")}
    texts = {
        "finfe": [row[0] for row in tables["finfe"]],
        "finnsp": [f"{row[1]} {row[2]}".strip() for row in tables["finnsp"]],
        "finese": [row[1] for row in tables["finese"]],
    }
    labels = {
        "finfe": [int(row[1]) for row in tables["finfe"]],
        "finnsp": [int(row[4] != "0") for row in tables["finnsp"]],
        "finese": [_theme_number(mapping.get(row[2])) for row in tables["finese"]],
    }
    models = {}
    for name, whole in texts.items():
        cut = [text[:_MOST_CHARACTERS] or "。" for text in whole]
        rows = np.concatenate([pooled_rows(row, [[(0, len(text))]]) for row, text in _encoded(model, cut)])
        models[name] = _logistic(rows, labels[name], 0.1)
    return models


def _theme_number(event: EventMapping | None) -> int:
    return -1 if event is None or event.theme is None else THEMES.index(event.theme)


def _rows(folder: Path) -> Iterator[list[Any]]:
    with gzip.open(folder / "train_list.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _encoded(model: encoder.Encoder, texts: Sequence[str]) -> Iterator[tuple[Features, str]]:
    for start in range(0, len(texts), 256):
        batch = texts[start : start + 256]
        yield from zip(model.encode(batch), batch, strict=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Classifiers over pooled features: stance and risks")
    parser.add_argument("model", help="a shipped model's name or a model folder")
    parser.add_argument("fincuge", type=Path, help="folder with finfe, finnsp and finese")
    parser.add_argument("train", type=Path, nargs="+", help="labelled records to train on")
    parser.add_argument("--test", type=Path, nargs="+", required=True, help="labelled records to score")
    parser.add_argument("--most", type=int, default=2000, help="texts of each FinCUGE task")
    given = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)  # folds in which a rare theme is missing
    model = encoder.load(given.model)
    others = train_others(model, given.fincuge, given.most)
    train = [record for path in given.train for record in read_records(path)]
    tests = {f"{path.parent.parent.name}/{path.stem}": list(read_records(path)) for path in given.test}
    features = {name: model.encode([doc.text for doc in docs]) for name, docs in {"": train, **tests}.items()}
    of_stance = {name: stance_items(docs, features[name], others) for name, docs in {"": train, **tests}.items()}
    print("\n".join(measure(STANCE, of_stance.pop(""), of_stance)))
    by_theme = ByTheme(train, features[""])
    of_risks = {
        name: risk_items(docs, features[name], others, by_theme, own=name == "")
        for name, docs in {"": train, **tests}.items()
    }
    print("\n".join(measure(RISKS, of_risks.pop(""), of_risks)))
    print(f"{len(risk_lexicon().rules)} rules, {len(train)} articles to train on")


if __name__ == "__main__":
    main()
