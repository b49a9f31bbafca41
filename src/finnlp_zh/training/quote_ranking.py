"""Trains the weights by which quotes choose their speaker, from hand-labelled records and the rules' own sure choices.

A softmax over each quote's proposals (`finnlp_zh.stages.quotes.ranking`), fitted by `finnlp_zh.training.ranking`. Two
sets of weights come out: ``ranker`` knows nothing of what the rules chose, ``together`` does. The hand-labelled
articles teach when to believe the rules; they are no witness for the ``speaker`` head, which was trained on them, so
what the head is worth is learned on raw news, where the rules' choices within the reporting clause stand for the truth.

The shipped weights come from this command (a minute; run it again after a new encoder)::

    python -m finnlp_zh.training.quote_ranking ../shared/gold/train.jsonl corpora/gold/train.jsonl \\
        --model models/small/3 --raw ../shared/data -o src/finnlp_zh/resources/quote_ranking.json

With ``--folds 5`` it also tells how often each choice is right on articles that were held out of the fit.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from finnlp_zh.encoder import load
from finnlp_zh.encoder.features import Features
from finnlp_zh.evaluation.layers import FOUND, overlap
from finnlp_zh.loading import load as load_pipeline
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.quotes.candidates import Candidate
from finnlp_zh.stages.quotes.heads import HeadEvidence
from finnlp_zh.stages.quotes.passage import Passage
from finnlp_zh.stages.quotes.ranking import RULE, Proposal, SpeakerRanker, same_words
from finnlp_zh.stages.quotes.rules import QuoteRules
from finnlp_zh.stages.quotes.speakers import Actor
from finnlp_zh.training.ranking import Example, fit, write_weights
from finnlp_zh.training.silver import raw_texts
from finnlp_zh.types import Quote, Record, read_records

ABOUT: Final = (
    "Weights for the choice of a quote's speaker, fitted by finnlp_zh.training.quote_ranking on hand-labelled finance "
    "articles and on the rules' choices in raw news; 2026-11-25; Apache-2.0."
)
_SURE: Final = 0.9  # a rule's score from which its choice stands for the truth in raw news
_SILVER: Final = 0.2  # what a quote of raw news counts beside a labelled one
_RESTRAINT: Final = {"ranker": 0.02, "together": 0.05}  # L2; the best of 0.002 to 0.05 on held-out training articles
_RAW: Final = ("finqa", "cctv", "digest")  # the sources of raw news that hold whole articles with speech


def gold_names(gold: Record) -> Record:
    """Give the article as the stage sees it: gold names and titles, no unnamed speakers, no quotes."""
    entities = [
        replace(entity, mentions=[m for m in entity.mentions if m.kind in ("name", "alias")], affiliation=None)
        for entity in gold.entities
    ]
    entities = [entity for entity in entities if entity.mentions]
    return replace(gold, entities=entities, quotes=[], claims=[], risks=[], sentences=split_sentences(gold.text))


def labelled_examples(records: Iterable[Record]) -> list[Example]:
    """Give one example for each labelled quote that the rules find, without a word of the head."""
    examples = []
    for record in records:
        passage = Passage(gold_names(record))
        for quote, proposals in _proposed(passage, Features()):
            gold = _labelled(quote, record)
            if gold is None:
                continue
            right = [_is_right(passage, proposal.actor, gold) for proposal in proposals]
            if any(right):
                examples.append(Example(proposals, right, record.doc_id))
    return examples


def silver_examples(records: Iterable[Record], features: Iterable[Features]) -> list[Example]:
    """Give one example for each quote whose speaker the rules are sure of, without a word of the rules."""
    examples = []
    for record, feature in zip(records, features, strict=True):
        passage = Passage(record)
        for quote, proposals in _proposed(passage, feature):
            if quote.score < _SURE or quote.carried:
                continue
            kept = [without(proposal, RULE) for proposal in proposals]
            right = [same_words(proposal.actor, quote.actor) for proposal in proposals]
            if any(right):
                examples.append(Example(kept, right, record.doc_id, _SILVER))
    return examples


def without(proposal: Proposal, family: str) -> Proposal:
    """Give the proposal without the features that begin with ``family``."""
    return Proposal(
        proposal.actor, [feature for feature in proposal.features if not feature.startswith(family)], proposal.here
    )


def _proposed(passage: Passage, features: Features) -> Iterator[tuple[Candidate, list[Proposal]]]:
    evidence = HeadEvidence(features)
    rules = QuoteRules(passage, evidence)
    quotes = rules.candidates()
    ranker = SpeakerRanker(passage, rules.finder, evidence, choice="rules")
    for number, quote in enumerate(quotes):
        yield quote, ranker.proposals(quote, quotes[max(0, number - 3) : number])


def _labelled(quote: Candidate, record: Record) -> Quote | None:
    """Give the labelled quote with the same words, and of several that of the same cue."""
    graded = [(overlap(quote.content, gold.content), gold.cue == quote.cue, -n) for n, gold in enumerate(record.quotes)]
    grade, same_cue, number = max(graded, default=(0.0, False, 0))
    return record.quotes[-number] if grade >= FOUND and (same_cue or _is_alone(quote, record)) else None


def _is_alone(quote: Candidate, record: Record) -> bool:
    return sum(overlap(quote.content, gold.content) >= FOUND for gold in record.quotes) == 1


def _is_right(passage: Passage, actor: Actor | None, gold: Quote) -> bool:
    speaker = gold.speaker
    if speaker is None or (speaker.span is None and speaker.entity is None):
        return actor is None
    if actor is None:
        return False
    if speaker.span is not None and overlap([actor.span], [speaker.span]) > 0:
        return True
    return actor.entity is not None and passage.entities[actor.entity].id == speaker.entity


def train(labelled: Sequence[Example], silver: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Give the weights of both choices."""
    together = [*labelled, *silver]
    alone = [
        Example([without(proposal, RULE) for proposal in _proposals(one)], one.right, one.doc_id, one.weight)
        for one in together
    ]
    return {
        choice: fit(examples, l2=_RESTRAINT[choice], occurrences=3)
        for choice, examples in (("ranker", alone), ("together", together))
    }


def _proposals(example: Example) -> list[Proposal]:
    return [one for one in example.candidates if isinstance(one, Proposal)]


def held_out(labelled: Sequence[Example], silver: Sequence[Example], folds: int) -> Mapping[str, float]:
    """Give the share of labelled quotes whose speaker each choice gets right, fitted to the other folds' articles."""
    articles = sorted({example.doc_id for example in labelled})
    right = dict.fromkeys(("rules", "ranker", "together"), 0)
    for fold in range(folds):
        held = set(articles[fold::folds])
        weights = train([one for one in labelled if one.doc_id not in held], silver)
        for example in labelled:
            if example.doc_id in held:
                right["rules"] += _first_right(example, {RULE: 1.0})
                for choice, chosen in weights.items():
                    right[choice] += _first_right(example, chosen)
    return {choice: count / len(labelled) for choice, count in right.items()}


def _first_right(example: Example, weights: Mapping[str, float]) -> bool:
    scores = [sum(weights.get(feature, 0.0) for feature in one.features) for one in example.candidates]
    return example.right[scores.index(max(scores))]


def raw_records(data: Path, model: Path, articles: int) -> tuple[list[Record], list[Features]]:
    """Give raw news with the pipeline's names, and what the encoder says of it."""
    texts = [text for source, text, _ in raw_texts(data) if source in _RAW and 100 < len(text) < 3000]
    texts = list(islice(texts[:: max(1, len(texts) // articles)], articles))
    pipeline = load_pipeline(model, stages=["entities"])
    records = [document.record for document in pipeline.pipe(texts)]
    return records, load(model).encode([record.text for record in records])


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit to the labelled records of the files named and write the weights to the file behind ``-o``."""
    parser = argparse.ArgumentParser(prog="python -m finnlp_zh.training.quote_ranking")
    parser.add_argument("gold", nargs="+", type=Path, help="labelled records, JSON Lines")
    parser.add_argument("-o", "--output", required=True, type=Path, help="the weights, JSON")
    parser.add_argument("--model", type=Path, help="model whose speaker head is weighed, with --raw")
    parser.add_argument("--raw", type=Path, help="folder of raw news as `finnlp_zh.training.silver` reads it")
    parser.add_argument("--articles", type=int, default=400, help="raw articles to take (default 400)")
    parser.add_argument("--folds", type=int, default=0, help="also score on this many held-out parts (default none)")
    chosen = parser.parse_args(arguments)
    if (chosen.model is None) != (chosen.raw is None):
        parser.error("--model and --raw go together")
    records = [record for path in chosen.gold for record in read_records(path)]
    labelled = labelled_examples(records)
    silver = silver_examples(*raw_records(chosen.raw, chosen.model, chosen.articles)) if chosen.raw else []
    if chosen.folds:
        for choice, share in held_out(labelled, silver, chosen.folds).items():
            print(f"speaker right on held-out articles, {choice}: {100 * share:.1f} %")
    weights = train(labelled, silver)
    write_weights(weights, chosen.output, about=ABOUT)
    count = sum(map(len, weights.values()))
    print(f"{len(labelled)} labelled quotes, {len(silver)} of raw news, {count} weights: {chosen.output}")


if __name__ == "__main__":
    main()
