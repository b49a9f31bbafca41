"""Our figures are the numbers of seqeval, nervaluate and scikit-learn, on two readers' labels of the same articles."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from finnlp_zh.evaluation import Report, evaluate
from finnlp_zh.evaluation.agreement import read_reading
from finnlp_zh.evaluation.layers import FOUND, NAMED, Pair
from finnlp_zh.types import EntityType, Record, Span, StanceLabel

GOLD = Path(__file__).parents[2] / "corpora" / "gold"

# These libraries warn of figures that nothing answers for.
pytestmark = pytest.mark.filterwarnings("ignore")


@cache
def readings() -> tuple[list[Record], list[Record], Report]:
    """The settled labels, the second reader's, and our figures of the one against the other."""
    second = read_reading(GOLD, "second")
    names = {record.doc_id for record in second}
    settled = [record for record in read_reading(GOLD, "articles") if record.doc_id in names]
    second.sort(key=lambda record: [one.doc_id for one in settled].index(record.doc_id))
    # A reader errs little: what is left out, moved, retyped and doubted below makes every figure an odd number.
    for number, record in enumerate(second):
        _disturb(record, number)
    return settled, second, evaluate(settled, second, rounds=10)


def _disturb(record: Record, number: int) -> None:
    for at, entity in enumerate(record.entities):
        if (at + number) % 5 == 0:
            entity.type = "ORG" if entity.type == "REGULATOR" else "PERSON"
        for mention in entity.mentions[number % 3 :: 4]:
            if mention.span[1] - mention.span[0] > 2:
                mention.span = (mention.span[0] + 1, mention.span[1])
    for at, quote in enumerate(record.quotes):
        if quote.stance is not None and (at + number) % 3 == 0:
            quote.stance.label = get_args(StanceLabel)[number % 3]
    for claim in record.claims[number % 4 :: 5]:
        claim.modality = "forecast"
    record.risks = [risk for at, risk in enumerate(record.risks) if (at + number) % 4]


def _named(record: Record) -> dict[Span, EntityType]:
    return {m.span: entity.type for entity in record.entities for m in entity.mentions if m.kind in NAMED}


def _tags(record: Record) -> list[str]:
    tags = ["O"] * len(record.text)
    for (start, end), kind in _named(record).items():
        tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return tags


def test_seqeval_gives_the_same_names() -> None:
    metrics = pytest.importorskip("seqeval.metrics")
    gold, predicted, ours = readings()
    told = metrics.classification_report(
        [_tags(record) for record in gold], [_tags(record) for record in predicted], output_dict=True, zero_division=0
    )
    figures = ours.figures["entities"]
    assert 0.5 < figures["mentions"].value < 0.95
    for kind, name in [("micro avg", "mentions"), *((kind, f"mentions {kind}") for kind in get_args(EntityType))]:
        figure = figures[name]
        assert (figure.precision, figure.recall, figure.value) == pytest.approx(
            (told[kind]["precision"], told[kind]["recall"], told[kind]["f1-score"])
        ), kind
        assert figure.gold == told[kind]["support"]
    assert figures["mentions macro"].value == pytest.approx(told["macro avg"]["f1-score"])


def test_nervaluate_gives_the_same_names() -> None:
    nervaluate = pytest.importorskip("nervaluate")
    gold, predicted, ours = readings()

    def spans(records: list[Record]) -> list[list[dict[str, Any]]]:
        return [
            [{"label": kind, "start": start, "end": end - 1} for (start, end), kind in sorted(_named(record).items())]
            for record in records
        ]

    told = nervaluate.Evaluator(spans(gold), spans(predicted), list(get_args(EntityType)), loader="dict").evaluate()
    schemes = {
        "strict": "mentions",
        "exact": "mentions untyped",
        "partial": "mentions partial",
        "ent_type": "mentions overlapping",
    }
    values = {name: ours.value(name) for name in schemes.values()}
    assert len(set(values.values())) == 4
    for scheme, name in schemes.items():
        figure, theirs = ours.figures["entities"][name], told["overall"][scheme]
        assert (figure.precision, figure.recall, figure.value) == pytest.approx(
            (theirs.precision, theirs.recall, theirs.f1)
        ), scheme
        assert figure.right == theirs.correct + theirs.partial / 2


def test_scikit_learn_gives_the_same_labels() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    gold, predicted, ours = readings()
    stances = [
        (other.stance.label, one.stance.label if one.stance else "none")
        for pair in map(Pair.of, gold, predicted)
        for grade, one, other in pair.quote_pairs
        if grade >= FOUND and other.stance
    ]
    true, found = zip(*stances, strict=True)
    labels = list(get_args(StanceLabel))
    assert ours.value("stance") == pytest.approx(metrics.accuracy_score(true, found))
    assert ours.value("stance macro") == pytest.approx(metrics.f1_score(true, found, labels=labels, average="macro"))
    each = metrics.f1_score(true, found, labels=labels, average=None)
    assert [ours.value(f"stance {label}") for label in labels] == pytest.approx(list(each))


def test_scikit_learn_gives_the_same_risks() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    gold, predicted, ours = readings()
    sides: list[list[set[str]]] = [[], []]
    for one, other in zip(gold, predicted, strict=True):
        for sentence in one.sentences:
            for side, record in zip(sides, (one, other), strict=True):
                side.append({risk.theme for risk in record.risks if risk.sentence == sentence})
    themes = sorted(set().union(*sides[0], *sides[1]))
    true, found = (preprocessing.MultiLabelBinarizer(classes=themes).fit_transform(side) for side in sides)
    assert ours.value("risks") == pytest.approx(metrics.f1_score(true, found, average="micro"))
    assert ours.value("risks theme macro") == pytest.approx(metrics.f1_score(true, found, average="macro"))
    each = metrics.f1_score(true, found, average=None)
    assert [ours.value(f"risks {theme}") for theme in themes] == pytest.approx(list(each))
