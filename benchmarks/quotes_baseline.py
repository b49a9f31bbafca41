"""How far plain regular expressions get on the quotes of hand-labelled articles, scored like the stage itself.

    python benchmarks/quotes_baseline.py ../shared/gold/dev.jsonl

The baseline is what a newsroom script does: “…” next to 表示, 称, 说 …, or one of these verbs and the rest of the
sentence; the speaker is the nearest named entity before the verb (or behind the quotation). It is given the gold names,
the stage is given the same. Open peers for Chinese news are not known; textacy's extractor reads Latin scripts only.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from msgspec.structs import replace

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="+")
    gold = [record for path in parser.parse_args().gold for record in read_records(path)]
    docs = [with_gold_names(record) for record in gold]
    stage = QuoteStage()
    for name, layers in (
        ("regular expressions", RegexBaseline().predict(docs)),
        ("finnlp-zh rules", stage.predict(docs, [Features()] * len(docs))),
    ):
        predicted = [
            replace(doc, quotes=layer.quotes, entities=layer.entities) for doc, layer in zip(docs, layers, strict=True)
        ]
        print(f"== {name}")
        for figure, value in score_layer("quotes", gold, predicted).items():
            print(f"{figure:28} {value.value:.3f}")


if __name__ == "__main__":
    main()
