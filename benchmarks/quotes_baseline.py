"""How far plain regular expressions get on the quotes of hand-labelled articles, scored like the stage itself.

    python benchmarks/quotes_baseline.py ../shared/gold/dev.jsonl [--model small]

The baseline is what a newsroom script does: “…” next to 表示, 称, 说 …, or one of these verbs and the rest of the
sentence; the speaker is the nearest named entity before the verb (or behind the quotation). It is given the gold names,
the stage is given the same. With ``--model`` the learned heads are scored as well, alone and together with the rules.
Open peers for Chinese news are not known; textacy's extractor reads Latin scripts only.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import msgspec
from msgspec.structs import replace

from finnlp_zh.encoder import decode_spans, load
from finnlp_zh.encoder.features import Features
from finnlp_zh.evaluation import score_layer
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.quotes import QuoteStage
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


def with_gold_names(gold: Record) -> Record:
    """Give the article as the stage sees it: gold names and titles, no unnamed speakers, no quotes."""
    entities = [
        replace(entity, mentions=[m for m in entity.mentions if m.kind in ("name", "alias")], affiliation=None)
        for entity in gold.entities
    ]
    entities = [entity for entity in entities if entity.mentions]
    return replace(gold, entities=entities, quotes=[], claims=[], risks=[], sentences=split_sentences(gold.text))


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--model", help="name or folder of a model, for its heads")
    arguments = parser.parse_args()
    gold = [record for path in arguments.gold for record in read_records(path)]
    docs = [with_gold_names(record) for record in gold]
    stage = QuoteStage()
    runs = [
        ("regular expressions", RegexBaseline().predict(docs)),
        ("finnlp-zh rules", stage.predict(docs, [Features()] * len(docs))),
    ]
    if arguments.model:
        features = load(arguments.model).encode([doc.text for doc in docs])
        alone = [Layer(quotes=quotes_of_heads(doc, each)) for doc, each in zip(docs, features, strict=True)]
        runs += [("finnlp-zh heads", alone), ("finnlp-zh rules and heads", stage.predict(docs, features))]
    for name, layers in runs:
        predicted = [msgspec.structs.replace(doc, **_given(layer)) for doc, layer in zip(docs, layers, strict=True)]
        print(f"== {name}")
        for figure, value in score_layer("quotes", gold, predicted).items():
            print(f"{figure:28} {value.value:.3f}")


def _given(layer: Layer) -> dict[str, object]:
    fields = {"quotes": layer.quotes, "entities": layer.entities}
    return {name: value for name, value in fields.items() if isinstance(value, list)}


if __name__ == "__main__":
    main()
