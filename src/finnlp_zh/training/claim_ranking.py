"""Trains the weights by which claims choose their metric, subject, period and modality, from hand-labelled records.

A softmax over each figure's candidates (`finnlp_zh.stages.claims.ranking`), fitted by gradient descent with L2 on the
probability of the candidates that overlap the label by half. Earlier claims take their labels first, and in the later
rounds what the stage makes of articles it has not seen; a period is right where its days are.

The shipped weights come from this command, the first articles each with the model's words and once more without::

    python -m finnlp_zh.training.claim_ranking ../shared/gold/train.jsonl --worded corpora/gold/train.jsonl \\
        --model models/small/3 -o src/finnlp_zh/resources/claim_ranking.json
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from finnlp_zh.encoder import load
from finnlp_zh.resources.ranking import Weights
from finnlp_zh.segmentation.words import decode_words
from finnlp_zh.stages.claims.assembly import Assembly
from finnlp_zh.stages.claims.figures import Figure
from finnlp_zh.stages.claims.metrics import metric_candidates
from finnlp_zh.stages.claims.modality import modality_candidates
from finnlp_zh.stages.claims.ranking import Candidate, overlap
from finnlp_zh.stages.claims.subjects import subject_candidates
from finnlp_zh.stages.claims.timing import period_candidates
from finnlp_zh.training.ranking import Example, fit, write_weights
from finnlp_zh.types import Claim, Record, read_records

ABOUT: Final = (
    "Weights for the choice of a claim's modality, metric, subject and period, fitted by "
    "finnlp_zh.training.claim_ranking on hand-labelled finance articles; 2026-11-25; Apache-2.0."
)


Examples = dict[str, list[Example]]


def collect_examples(records: Iterable[Record], weights: Weights | None = None) -> Examples:
    """Give the training examples of every question from labelled records.

    The claims before a figure are the labelled ones, or, given ``weights``, those that the stage would have made, so
    that the fit sees the mistakes it will have to live with.
    """
    examples: Examples = {"modality": [], "metric": [], "subject": [], "period": []}
    for record in records:
        _collect(record, weights, examples)
    return examples


def _collect(record: Record, weights: Weights | None, examples: Examples) -> None:
    labelled = {claim.span: claim for claim in record.claims}
    assembly = Assembly.of(record, weights=weights if weights is not None else {})
    earlier: list[Claim] = []

    def add(question: str, candidates: list[Candidate], right: list[bool]) -> None:
        if any(right):
            examples[question].append(Example(candidates, right, record.doc_id))

    for index, figure in enumerate(assembly.article.figures):
        gold = labelled.get((figure.start, figure.end))
        own = assembly.claim(index, earlier) if weights is not None else gold
        if gold is not None and own is not None:
            scene = assembly.scene(index, earlier)
            moods = modality_candidates(scene)
            add("modality", moods, [mood.label == gold.modality for mood in moods])
            scene.modality = own.modality
            metrics = metric_candidates(scene)
            add("metric", metrics, [overlap(candidate.span, gold.metric) >= 0.5 for candidate in metrics])
            subjects = subject_candidates(scene, own.metric)
            owner = gold.subject.span if gold.subject is not None else None
            add("subject", subjects, [overlap(candidate.span, owner) >= 0.5 for candidate in subjects])
            times = period_candidates(scene)
            days = (gold.period.start, gold.period.end) if gold.period is not None else (None, None)
            add("period", times, [(candidate.days or (None, None)) == days for candidate in times])
        earlier.append(own if own is not None else _blank(figure))


def _blank(figure: Figure) -> Claim:
    return Claim(id="", span=(figure.start, figure.end), text="", kind=figure.kind)


def fit_all(examples: Examples) -> dict[str, dict[str, float]]:
    """Give the weights of every question."""
    return {question: fit(group) for question, group in examples.items()}


def train(records: Sequence[Record], *, folds: int = 5, rounds: int = 2) -> dict[str, dict[str, float]]:
    """Give weights fitted first on labelled histories, then on those the stage makes of articles it has not seen."""
    examples = collect_examples(records)
    for _ in range(rounds):
        own: Examples = {question: list(group) for question, group in collect_examples(records).items()}
        for fold in range(folds):
            held = {record.doc_id for record in records[fold::folds]}
            kept = {question: [one for one in group if one.doc_id not in held] for question, group in examples.items()}
            unseen = [record for record in records if record.doc_id in held]
            for question, group in collect_examples(unseen, fit_all(kept)).items():
                own[question] += group
        examples = own
    return fit_all(examples)


def with_words(records: Sequence[Record], model: Path | None) -> list[Record]:
    """Give each article without words, and before it, where there is a model, the article with the model's words."""
    bare = [msgspec.structs.replace(record, tokens=[]) for record in records]
    if model is None:
        return bare
    features = load(model).encode([record.text for record in records])
    worded = [
        msgspec.structs.replace(record, tokens=decode_words(record.text, feature))
        for record, feature in zip(records, features, strict=True)
    ]
    return [record for pair in zip(worded, bare, strict=True) for record in pair]


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit to the labelled records of the files named and write the weights to the file behind ``-o``."""
    parser = argparse.ArgumentParser(prog="python -m finnlp_zh.training.claim_ranking")
    parser.add_argument("gold", nargs="+", type=Path, help="labelled records, JSON Lines")
    parser.add_argument("-o", "--output", required=True, type=Path, help="the weights, JSON")
    parser.add_argument("--worded", nargs="+", default=[], type=Path, help="records to take with words only")
    parser.add_argument("--model", type=Path, help="model whose words the articles also take; without, none")
    parser.add_argument("--rounds", type=int, default=1, help="fits on the stage's own histories (default 1)")
    parser.add_argument("--folds", type=int, default=4, help="parts held out in each of them (default 4)")
    chosen = parser.parse_args(arguments)
    records = [record for path in chosen.gold for record in read_records(path)]
    examples = with_words(records, chosen.model)
    if chosen.worded:
        more = [record for path in chosen.worded for record in read_records(path)]
        records += more
        examples += with_words(more, chosen.model)[:: 2 if chosen.model else 1]
    weights = train(examples, folds=chosen.folds, rounds=chosen.rounds)
    write_weights(weights, chosen.output, about=ABOUT)
    figures = sum(len(record.claims) for record in records)
    print(f"{len(records)} articles, {figures} figures, {sum(map(len, weights.values()))} weights: {chosen.output}")


if __name__ == "__main__":
    main()
