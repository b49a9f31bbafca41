"""Readers of the training corpora: each gives documents in our heads, partial where the corpus is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from finnlp_zh.encoder.heads import HEADS, UPOS, Head, typed
from finnlp_zh.errors import ConfigError
from finnlp_zh.training.documents import Document, Marked, Pooled
from finnlp_zh.training.silver import jsonl_gz
from finnlp_zh.types import Quote, Record, Risk, decode

CLUENER_TYPES: Final = (
    "address", "book", "company", "game", "government", "movie", "name", "organization", "position", "scene",
)  # fmt: skip
NEWS_TYPES: Final = ("PER", "ORG", "LOC")
LAC_TAGS: Final = (
    "PER", "LOC", "ORG", "TIME", "a", "ad", "an", "c", "d", "f", "m", "n", "nr", "ns", "nt", "nw", "nz", "p", "q",
    "r", "s", "t", "u", "v", "vd", "vn", "w", "xc",
)  # fmt: skip

_LABELS: Final = {head.name: head.labels for head in HEADS}

# Heads that only training has: they shape the body and are not exported.
AUXILIARY: Final = (
    Head("lac", ("O", *(f"{place}-{tag}" for tag in LAC_TAGS for place in "BI"))),
    Head("cluener", typed(CLUENER_TYPES)),
    Head("news", typed(NEWS_TYPES)),
)

_BRACKETED: Final = re.compile(r"《[^《》]*》")

_CLUENER_ENTITIES: Final = {
    "address": ("LOC",),
    "company": ("ORG",),
    "organization": ("ORG",),
    "government": ("REGULATOR",),
    "name": ("PERSON", "OFFICIAL"),
    "position": ("TITLE",),
}
_NEWS_ENTITIES: Final = {"PER": ("PERSON", "OFFICIAL"), "ORG": ("ORG", "REGULATOR"), "LOC": ("LOC",)}
_RESUME_ENTITIES: Final = {"NAME": ("PERSON",), "ORG": ("ORG", "REGULATOR"), "TITLE": ("TITLE",)}
# What a tag of the teacher leaves open in UPOS; a tag that is missing here says nothing.
_LAC_POS: Final = {
    "PER": "PROPN", "ORG": "PROPN|NOUN", "LOC": "PROPN", "nr": "PROPN", "ns": "PROPN", "nt": "PROPN|NOUN",
    "nz": "PROPN|NOUN|X", "n": "NOUN", "v": "VERB|AUX", "vd": "VERB|ADV", "vn": "VERB|NOUN", "a": "ADJ|VERB|ADV",
    "an": "ADJ|NOUN", "ad": "ADJ|ADV", "d": "ADV|SCONJ|AUX", "r": "PRON|DET", "m": "NUM|NOUN", "p": "ADP|VERB",
    "c": "CCONJ|SCONJ|ADV", "f": "ADP|NOUN", "w": "PUNCT|SYM",
}  # fmt: skip
# Tags of words that Universal Dependencies may cut however short they are: 3%, 5月.
_LAC_SPLIT: Final = ("m", "t", "TIME", "ORG", "nt")
_QUOTE_HEADS: Final = ("content", "cue", "speaker", "figure", "metric", "subject", "period")


def _any_of(types: Sequence[str], *, places: str = "BMES") -> tuple[str, ...]:
    return ("O", *(f"{place}-{kind}" for kind in types for place in places))


def _policy_rooms(text: str, types: Sequence[str]) -> list[Marked]:
    """Leave room for a policy document's title wherever the text brackets a title, which these corpora do not type."""
    return [Marked("entities", *match.span(), _any_of(types)) for match in _BRACKETED.finditer(text)]


def read_cluener(path: Path) -> Iterator[Document]:
    """CLUENER2020 (Xu et al. 2020, arXiv:2001.04351): ten types, five of them ours; book and scene leave room."""
    for line in _lines(path):
        item = json.loads(line)
        spans = []
        for kind, names in item["label"].items():
            for start, last in (place for places in names.values() for place in places):
                spans.append(Marked("cluener", start, last + 1, (kind,)))
                if kind in _CLUENER_ENTITIES:
                    spans.append(Marked("entities", start, last + 1, _CLUENER_ENTITIES[kind]))
        background: dict[str, tuple[str, ...]] = {"cluener": ("O",), "entities": ("O",)}
        yield Document(item["text"], spans, background, rooms=_policy_rooms(item["text"], ["POLICY"]))


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as lines:
        yield from lines


def read_columns(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Give (text, labels) of the sentences of a file with one character and its label a line."""
    characters: list[str] = []
    labels: list[str] = []
    for line in _lines(path):
        fields = line.split()
        if len(fields) == 2:
            characters.append(fields[0][0])
            labels.append(fields[1])
        elif characters:
            yield "".join(characters), labels
            characters, labels = [], []
    if characters:
        yield "".join(characters), labels


def spans_of(labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """Give (start, end, type) of a BIO or BMES sequence; a type change opens a span, as in the CoNLL scorer."""
    spans: list[tuple[int, int, str]] = []
    before = ""
    for at, label in enumerate(labels):
        place, _, kind = label.partition("-")
        if place in ("M", "E", "I") and kind == before:
            spans[-1] = (spans[-1][0], at + 1, kind)
        elif kind:
            spans.append((at, at + 1, kind))
        before = kind if place not in ("E", "S") else ""
    return spans


def read_news(path: Path) -> Iterator[Document]:
    """People's Daily NER, char BIO over PER, ORG, LOC; for ours, an O may still be a title or a policy document."""
    for text, labels in read_columns(path):
        spans = []
        for start, end, kind in spans_of(labels):
            spans.append(Marked("news", start, end, (kind,)))
            spans.append(Marked("entities", start, end, _NEWS_ENTITIES[kind]))
        background = {"news": ("O",), "entities": _any_of(["TITLE"])}
        yield Document(text, spans, background, rooms=_policy_rooms(text, ["TITLE", "POLICY"]))


def read_resume(path: Path) -> Iterator[Document]:
    """Resume NER (Zhang and Yang 2018, arXiv:1805.02023): names, organisations and titles of executives."""
    for text, labels in read_columns(path):
        spans, rooms = [], []
        for start, end, kind in spans_of(labels):
            if kind in _RESUME_ENTITIES:
                spans.append(Marked("entities", start, end, _RESUME_ENTITIES[kind]))
            elif kind in ("LOC", "CONT"):
                rooms.append(Marked("entities", start, end, _any_of(["LOC"])))
        yield Document(text, spans, {"entities": ("O",)}, rooms=rooms)


def read_conllu(path: Path) -> Iterator[Document]:
    """Universal Dependencies: words and UPOS, a blank after a word where the text has one."""
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        text, words, tags = "", [], []
        for line in block.splitlines():
            fields = line.split("\t")
            if line.startswith("#") or not fields[0].isdigit():
                continue
            words.append((len(text), len(text) + len(fields[1])))
            text += fields[1]
            tags.append(fields[3])
            if "SpaceAfter=No" not in fields[9]:
                text += " "
        text = text.rstrip(" ")
        yield _worded(text, words, tags)


def _worded(text: str, words: Sequence[tuple[int, int]], tags: Sequence[str]) -> Document:
    pos: list[str | None] = [None] * len(text)
    for (start, end), tag in zip(words, tags, strict=True):
        pos[start:end] = [tag if tag in UPOS else "X"] * (end - start)
    spans = [Marked("words", start, end, ("",)) for start, end in words]
    return Document(text, spans, labels={"pos": pos})


def read_silver(path: Path) -> Iterator[Document]:
    """The teacher's words: all for the auxiliary head; for ``words`` short ones whole, of longer ones the outer edges.

    Without whole words a head that cuts every character apart would contradict no edge.
    """
    for line in _lines(path):
        item = json.loads(line)
        text = item["text"]
        words = [word for word in item["words"] if word[2] in LAC_TAGS and text[word[0] : word[1]].strip()]
        pos: list[str | None] = [None] * len(text)
        for start, end, tag in words:
            pos[start:end] = [_LAC_POS.get(tag)] * (end - start)
        spans = [Marked("lac", start, end, (tag,)) for start, end, tag in words]
        edges: list[tuple[str, int, int]] = []
        for start, end, tag in words:
            if end - start <= 2 and tag not in _LAC_SPLIT:
                spans.append(Marked("words", start, end, ("",)))
            else:
                edges.append(("words", start, end))
        yield Document(text, spans, edges=edges, labels={"pos": pos})


def read_gold(path: Path) -> Iterator[Document]:
    """Our own labelled articles (schema records), every head but words and pos."""
    for line in _lines(path):
        if line.strip():
            yield document_of(decode(line))


def document_of(record: Record) -> Document:
    """Give a labelled record as a training document."""
    spans = [
        Marked("entities", *mention.span, (entity.type,))
        for entity in record.entities
        for mention in entity.mentions
        if mention.kind in ("name", "alias")
    ]
    titles = set(record.titles) | {span for entity in record.entities for span in entity.titles}
    spans = [Marked("entities", start, end, ("TITLE",)) for start, end in sorted(titles)] + spans
    pooled: list[Pooled] = []
    for quote in record.quotes:
        spans += _quote_spans(quote)
        if quote.stance is not None:
            label = _number("stance", quote.stance.label)
            pooled.append(Pooled("stance", tuple(quote.content), (label,)))
    for claim in record.claims:
        marks = [("figure", claim.span), ("metric", claim.metric)]
        marks += [("subject", claim.subject.span if claim.subject else None)]
        marks += [("period", claim.period.span if claim.period else None)]
        spans += [Marked(head, *span, ("",)) for head, span in marks if span is not None]
        pooled.append(Pooled("change", (claim.span,), (_number("change", claim.change or "none"),)))
        pooled.append(Pooled("modality", (claim.span,), (_number("modality", claim.modality),)))
    pooled += _risk_items(record)
    background: dict[str, tuple[str, ...]] = dict.fromkeys(("entities", *_QUOTE_HEADS), ("O",))
    spans = [mark for mark in spans if mark.start < mark.end]
    return Document(record.text, spans, background, pooled)


def _quote_spans(quote: Quote) -> list[Marked]:
    spans = [Marked("content", *span, ("",)) for span in quote.content]
    if quote.cue is not None:
        spans.append(Marked("cue", *quote.cue, ("",)))
    if quote.speaker is not None and quote.speaker.span is not None:
        spans.append(Marked("speaker", *quote.speaker.span, ("",)))
    return spans


def _risk_items(record: Record) -> list[Pooled]:
    by_sentence: dict[tuple[int, int], list[Risk]] = {sentence: [] for sentence in record.sentences}
    for risk in record.risks:
        by_sentence.setdefault(risk.sentence, []).append(risk)
    items = []
    for sentence, risks in by_sentence.items():
        themes = {risk.theme for risk in risks}
        items.append(Pooled("risks", (sentence,), tuple(int(theme in themes) for theme in _LABELS["risks"])))
        if risks:
            items.append(Pooled("risk_status", (sentence,), (_number("risk_status", risks[0].status),)))
    return items


def read_sentiment(path: Path) -> Iterator[Document]:
    """FinFE stock comments (FinCUGE): 0 negative, 1 neutral, 2 positive, as the stance of the whole text."""
    stance = {0: "critical", 1: "neutral", 2: "supportive"}
    for text, label in jsonl_gz(path):
        yield Document(text, pooled=[Pooled("stance", ((0, len(text)),), (_number("stance", stance[int(label)]),))])


# FinESE's event types and the themes that they are sure to tell of; what else the sentence tells is unknown.
EVENT_THEMES: Final = {
    "不能履职": "governance",
    "业绩下滑": "competition",
    "业务资产重组": None,
    "产品违规": "legal",
    "交易违规": "legal",
    "信批违规": "legal",
    "其他": None,
    "实控人股东变更": None,
    "投诉维权": "legal",
    "提现困难": "liquidity",
    "歇业停业": "operational",
    "涉嫌欺诈": "governance",
    "涉嫌违法": "legal",
    "涉嫌传销": "legal",
    "涉嫌非法集资": "legal",
    "财务造假": "governance",
    "财务信息造假": "governance",
    "评级调整": "credit",
    "债务违约": "credit",
    "失联跑路": "governance",
    "资产负面": "credit",
    "资金账户风险": "liquidity",
    "重组失败": "operational",
    "高管负面": "governance",
    "商业信息泄露": "cyber",
    "安全事故": "operational",
}


def read_events(path: Path) -> Iterator[Document]:
    """FinESE (FinCUGE): one sentence, one event type; the theme is known, the other themes are not."""
    for _, text, event, *_ in jsonl_gz(path):
        theme = EVENT_THEMES.get(event)
        if theme is None and event != "其他":
            continue
        unknown = 0 if event == "其他" else -1
        row = tuple(1 if label == theme else unknown for label in _LABELS["risks"])
        yield Document(text, pooled=[Pooled("risks", ((0, len(text)),), row)])


def _number(head: str, label: str) -> int:
    return _LABELS[head].index(label)


READERS: Final[dict[str, Callable[[Path], Iterator[Document]]]] = {
    "cluener": read_cluener,
    "columns": read_news,
    "resume": read_resume,
    "conllu": read_conllu,
    "silver": read_silver,
    "records": read_gold,
    "finfe": read_sentiment,
    "finese": read_events,
}


def read_corpus(kind: str, paths: Sequence[Path]) -> list[Document]:
    """Read the files of one corpus. Raises `ConfigError` where a file is missing or the kind unknown."""
    if kind not in READERS:
        raise ConfigError(f"unknown corpus format {kind!r}; known: {', '.join(sorted(READERS))}")
    for path in paths:
        if not path.exists():
            raise ConfigError(f"corpus file {path} does not exist")
    documents: list[Any] = [document for path in paths for document in READERS[kind](path)]
    return [document for document in documents if document.text.strip()]
