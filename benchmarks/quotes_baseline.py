"""How far plain regular expressions get on the quotes of hand-labelled articles, scored like the stage itself.

    python benchmarks/quotes_baseline.py ../shared/gold/dev.jsonl corpora/gold/test.jsonl [--model small]

The baseline is what a newsroom script does: “…” next to 表示, 称, 说 …, or one of these verbs and the rest of the
sentence; the speaker is the nearest named entity before the verb (or behind the quotation). It is given the gold names,
the stage is given the same. With ``--model`` the learned heads are scored as well, alone and together with the rules.
A second table sets the ways to choose the speakers of the same quotes side by side: rules, head, ranker, and mixes.
Open peers for Chinese news are not known; textacy's extractor reads Latin scripts only.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from finnlp_zh.encoder import decode_spans, load
from finnlp_zh.encoder.features import Features
from finnlp_zh.evaluation import score_layer
from finnlp_zh.stages.quotes import QuoteStage
from finnlp_zh.stages.quotes.ranking import Choice
from finnlp_zh.training.quote_ranking import gold_names
from finnlp_zh.types import Layer, Quote, QuoteKind, Record, Span, Speaker, read_records

_VERBS = "表示|称|说|认为|指出|透露|强调|坦言|直言"
_BEFORE = re.compile(rf"(?P<cue>{_VERBS})[，：]?“(?P<content>[^”\n]+)”")
_BEHIND = re.compile(rf"“(?P<content>[^”\n]+)”(?P<who>[^。\n”“]{{0,20}}?)(?P<cue>{_VERBS})")
_INDIRECT = re.compile(rf"(?P<cue>{_VERBS})[，：](?P<content>[^。“\n]+)")


class RegexBaseline:
    """Quotation marks or the rest of the sentence after a verb of saying."""

    def predict(self, docs: list[Record]) -> list[Layer]:
        return [Layer(quotes=self._quotes(doc), entities=doc.entities) for doc in docs]

    def _quotes(self, doc: Record) -> list[Quote]:
        quotes: list[Quote] = []
        taken: set[int] = set()
        frames: list[tuple[QuoteKind, re.Pattern[str]]] = [
            ("direct", _BEFORE),
            ("direct", _BEHIND),
            ("indirect", _INDIRECT),
        ]
        for kind, pattern in frames:
            for match in pattern.finditer(doc.text):
                cue, content = match.span("cue"), match.span("content")
                if cue[0] in taken:
                    continue
                taken.add(cue[0])
                speaker = self._nearest(doc, cue[0])
                quotes.append(Quote(f"q{len(quotes) + 1}", kind, [content], cue, speaker))
        return quotes

    def _nearest(self, doc: Record, at: int) -> Speaker | None:
        before: list[tuple[Span, str, str]] = [
            (mention.span, mention.id, entity.id)
            for entity in doc.entities
            for mention in entity.mentions
            if at - 40 <= mention.span[1] <= at and entity.type not in ("LOC", "POLICY")
        ]
        if not before:
            return None
        span, mention, entity = max(before)
        return Speaker(mention, span, entity, True)


def quotes_of_heads(doc: Record, features: Features) -> list[Quote]:
    """Give the quotes that the heads alone find: a content with its nearest cue, a cue with its nearest speaker."""
    spans = {
        head: [(found.start, found.end) for found in decode_spans(features.logits[head], features.labels[head])]
        for head in ("content", "cue", "speaker")
    }
    quotes: list[Quote] = []
    for content in spans["content"]:
        cue = min(spans["cue"], key=lambda span: _distance(span, content), default=None)
        if cue is None or _distance(cue, content) > 40:
            continue
        near = [span for span in spans["speaker"] if _distance(span, cue) <= 40]
        speaker = min(near, key=lambda span: _distance(span, cue), default=None)
        marked = doc.text[content[0] - 1 : content[0]] == "“"
        kind: QuoteKind = "direct" if marked else "indirect"
        quotes.append(Quote(f"q{len(quotes) + 1}", kind, [content], cue, Speaker(span=speaker) if speaker else None))
    return quotes


def _distance(one: Span, other: Span) -> int:
    return max(one[0] - other[1], other[0] - one[1], 0)


FIGURES = (
    ("found ≥ 0.3", "quotes overlap 0.3"),
    ("found ≥ 0.5", "quotes overlap 0.5"),
    ("found ≥ 0.8", "quotes overlap 0.8"),
    ("direct, mixed", "quotes direct and mixed"),
    ("indirect", "quotes indirect"),
    ("content characters", "quotes content characters"),
    ("cue", "quotes cue"),
    ("speaker", "quotes speaker"),
    ("with speaker", "quotes with speaker"),
    ("kind", "quotes kind"),
)
CHOICES: dict[str, Choice] = {
    "rules": "rules",
    "speaker head": "head",
    "ranker": "ranker",
    "ranker told of the rules": "together",
    "rules, ranker where they guess (shipped)": "mixed",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--model", help="name or folder of a model, for its heads")
    arguments = parser.parse_args()
    encoder = load(arguments.model) if arguments.model else None
    for path in arguments.gold:
        gold = list(read_records(path))
        docs = [gold_names(record) for record in gold]
        bare = [Features()] * len(docs)
        features = encoder.encode([doc.text for doc in docs]) if encoder is not None else None
        print(f"\n## {path}: {len(gold)} articles, {sum(len(r.quotes) for r in gold)} quotes\n")
        runs = [
            ("regular expressions", RegexBaseline().predict(docs)),
            ("rules", QuoteStage(speakers="rules").predict(docs, bare)),
        ]
        if features is not None:
            alone = [Layer(quotes=quotes_of_heads(doc, each)) for doc, each in zip(docs, features, strict=True)]
            runs += [("heads", alone), ("rules and heads", QuoteStage(speakers="rules").predict(docs, features))]
        _print_table("quotes", runs, gold, docs, FIGURES)
        chosen = [
            (name, QuoteStage(speakers=choice).predict(docs, features or bare))
            for name, choice in CHOICES.items()
            if features is not None or choice != "head"
        ]
        _print_table("speakers chosen by", chosen, gold, docs, FIGURES[7:9])
        print(f"stage alone: {_speed(docs, features or bare):,.0f} characters a second of one core's time\n")


def _speed(docs: list[Record], features: list[Features], *, rounds: int = 5) -> float:
    """Give the characters that the shipped stage reads in a second of processor time, the best of several rounds."""
    stage = QuoteStage()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        stage.predict(docs, features)
        times.append(time.process_time() - start)
    return sum(len(doc.text) for doc in docs) / min(times)


def _print_table(
    what: str,
    runs: list[tuple[str, list[Layer]]],
    gold: list[Record],
    docs: list[Record],
    figures: Sequence[tuple[str, str]],
) -> None:
    print(f"| {what} | " + " | ".join(title for title, _ in figures) + " |")
    print("| --- |" + " ---: |" * len(figures))
    for name, layers in runs:
        predicted = [msgspec.structs.replace(doc, **_given(layer)) for doc, layer in zip(docs, layers, strict=True)]
        scores = score_layer("quotes", gold, predicted)
        print(f"| {name} | " + " | ".join(f"{100 * scores[figure].value:.1f}" for _, figure in figures) + " |")
    print()


def _given(layer: Layer) -> dict[str, object]:
    fields = {"quotes": layer.quotes, "entities": layer.entities}
    return {name: value for name, value in fields.items() if isinstance(value, list)}


if __name__ == "__main__":
    main()
