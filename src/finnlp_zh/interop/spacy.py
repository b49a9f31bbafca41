"""Records in spaCy: ``to_doc`` for one document, and the pipeline component ``finnlp_zh`` for many.

Tokens are the record's words, cut once more where a mention, quote, claim or risk begins or ends, so that every span
lies on token boundaries exactly. Entities stand in ``doc.ents``; quotes, claims and risks in ``doc.spans``; the
record itself in ``doc._.finnlp``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from finnlp_zh.document import Document
from finnlp_zh.errors import ResourceError
from finnlp_zh.loading import load
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.types import Record, spans_of

try:
    from spacy.language import Language
    from spacy.tokens import Doc, Span
    from spacy.vocab import Vocab
except ImportError as error:
    raise ResourceError("this needs spaCy: pip install 'finnlp-zh[spacy]'") from error

if not Doc.has_extension("finnlp"):
    Doc.set_extension("finnlp", default=None)


def to_doc(document: Document, vocab: Vocab | None = None) -> Doc:
    """Give the document as a spaCy ``Doc`` over the same text: ``doc.text == document.text``."""
    record = document.record
    pieces = list(_pieces(record))
    starts = {start for start, _ in record.sentences}
    doc = Doc(
        vocab if vocab is not None else Vocab(),
        words=[record.text[start:end] for start, end, _ in pieces],
        spaces=[False] * len(pieces),
        pos=[tag or "" for _, _, tag in pieces],
        sent_starts=[start in starts or index == 0 for index, (start, _, _) in enumerate(pieces)],
    )
    mentions = [(mention.span, entity) for entity in record.entities for mention in entity.mentions]
    doc.ents = [
        _span(doc, span, entity.type, kb_id=entity.kb_id or "") for span, entity in sorted(mentions, key=lambda m: m[0])
    ]
    doc.spans["quotes"] = [_span(doc, span, quote.kind) for quote in record.quotes for span in quote.content]
    doc.spans["claims"] = [_span(doc, claim.span, claim.kind) for claim in record.claims]
    doc.spans["risks"] = [_span(doc, span, risk.theme) for risk in record.risks for span in risk.evidence]
    doc._.finnlp = document
    return doc


class Component:
    """The spaCy pipeline component ``finnlp_zh``: replaces each ``Doc`` by one with our tokens and layers."""

    def __init__(self, nlp: Pipeline, vocab: Vocab) -> None:
        self._nlp = nlp
        self._vocab = vocab

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, docs: Iterable[Doc], batch_size: int = 64) -> Iterator[Doc]:
        """Annotate in batches, lazily and in order."""
        texts = (doc.text for doc in docs)
        for document in self._nlp.pipe(texts, batch_size=batch_size):
            yield to_doc(document, self._vocab)


@Language.factory("finnlp_zh", default_config={"model": "small", "device": "auto", "stages": None})
def make_component(nlp: Language, name: str, model: str | None, device: str, stages: list[str] | None) -> Component:
    """Build the component; spaCy calls this for ``nlp.add_pipe("finnlp_zh")``."""
    return Component(load(model, device=device, stages=stages), nlp.vocab)


def _pieces(record: Record) -> Iterator[tuple[int, int, str | None]]:
    """Cut the text into tokens; what lies between words (white space) becomes tokens too."""
    cuts = {0, len(record.text)}
    tags: dict[int, str | None] = {}
    for token in record.tokens:
        cuts |= {token.start, token.end}
        tags[token.start] = token.pos
    for _, (start, end), _ in spans_of(record):
        cuts |= {start, end}
    tag: str | None = None
    ends = {token.end for token in record.tokens}
    for start, end in pairwise(sorted(cuts)):
        tag = tags.get(start, None if start in ends else tag)
        yield start, end, "SPACE" if record.text[start:end].isspace() else tag


def _span(doc: Doc, span: tuple[int, int], label: str, **more: Any) -> Span:
    found = doc.char_span(*span, label=label, **more)
    if found is None:
        raise ValueError(f"no tokens under [{span[0]}, {span[1]})")  # the cuts make this impossible
    return found
