"""The compact form in which people label articles, its compiler to ``finnlp-zh/1``, and its validator.

A gold folder holds ``articles/NAME.txt`` (the raw text), ``articles/NAME.labels`` (what readers saw in it) and
``test.txt`` (the names of the articles that are kept for testing). Labels name what they mean by its own words, never
by offsets; the compiler finds the words, and refuses what is not there, is unclear or contradicts itself.
``corpora/gold/README.md`` describes the form line by line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, get_args

from finnlp_zh import types
from finnlp_zh.errors import InputError
from finnlp_zh.types import Span

_SEPARATOR: Final = re.compile(r"\s\|\s")
_SENTENCE_END: Final = re.compile(r"[。！？!?]+[”’\"）)】》]*")
_QUOTE_KINDS: Final = {"D": "direct", "I": "indirect", "M": "mixed"}
_STANCES: Final = {"+": "supportive", "-": "critical", "0": "neutral"}
_MENTION_MARKS: Final = {"~": "alias", "?": "nominal", "^": "pronoun"}
_CHANGES: Final = {"+": "increase", "-": "decrease"}
_MODALITIES: Final = {"est": "estimate", "fcst": "forecast", "tgt": "target"}
_STATUSES: Final = {"r": "realised", "p": "potential", "m": "mitigated"}
_FAR: Final = 1 << 30


@dataclass(frozen=True)
class Reading:
    """A figure as its own words state it; ``low``/``high`` in ``unit``, scale words multiplied out."""

    kind: str
    low: float | None
    high: float | None
    unit: str | None
    counter: str | None
    modifier: str


@dataclass
class Entity:
    """One labelled entity while its mentions are being gathered (spans in the view)."""

    key: str
    type: str
    name: str = ""
    options: dict[str, str] = field(default_factory=dict)
    mentions: list[tuple[Span, str]] = field(default_factory=list)
    titles: list[Span] = field(default_factory=list)


class View:
    """The text in which labels are looked up.

    In an article with ``layout broken`` single line breaks cut words apart; the view leaves them out, so that a
    label is written as the reader reads it. ``source`` gives a span of the view back in the raw text.
    """

    def __init__(self, raw: str, *, broken: bool) -> None:
        self.raw = raw
        kept = [i for i, char in enumerate(raw) if not (broken and char == "\n" and not self._is_break(i))]
        self._positions = kept
        self.text = "".join(raw[i] for i in kept)

    def _is_break(self, index: int) -> bool:
        return self.raw[index - 1 : index] == "\n" or self.raw[index + 1 : index + 2] == "\n"

    def source(self, span: Span) -> Span:
        start, end = span
        return self._positions[start], self._positions[end - 1] + 1

    def occurrences(self, words: str) -> list[Span]:
        """Give every place of ``words``, left to right, not overlapping."""
        found, start = [], self.text.find(words)
        while start >= 0:
            found.append((start, start + len(words)))
            start = self.text.find(words, start + len(words))
        return found

    def sentences(self) -> list[Span]:
        spans: list[Span] = []
        for line in re.finditer(r"[^\n]+", self.text):
            start = line.start()
            for end in [start + m.end() for m in _SENTENCE_END.finditer(line.group())] + [line.end()]:
                span = _strip((start, end), self.text)
                if span is not None:
                    spans.append(span)
                start = end
        return spans


def _strip(span: Span, text: str) -> Span | None:
    start, end = span
    words = text[start:end]
    if not words.strip():
        return None
    return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())


class Article:
    """One labelled article being compiled; every problem is gathered and told with its line."""

    # An article is read in two rounds, since quotes and claims name entities that may be labelled below them.

    def __init__(self, doc_id: str, raw: str, labels: str) -> None:
        self.doc_id = doc_id
        self.problems: list[str] = []
        self._line = 0
        self._lines = list(_read_lines(labels))
        self.head = {row[0]: row[1] for _, row in self._lines if len(row) == 2 and row[0] in ("published", "layout")}
        self.view = View(raw, broken=self.head.get("layout") == "broken")
        self._sentences = self.view.sentences()
        self._entities: dict[str, Entity] = {}
        self._skipped: list[Span] = []
        self._titles: set[Span] = set()
        self._quotes: list[dict[str, Any]] = []
        self._claims: list[dict[str, Any]] = []
        self._risks: list[dict[str, Any]] = []
        self._cursor = 0
        self._risk_cursor = 0
        self._periods: dict[str, tuple[str, str]] = {}
        self._ditto: dict[str, Any] = {}

    def compile(self) -> dict[str, Any]:
        """Give the article as a ``finnlp-zh/1`` object in the form of the hand-labelled gold.

        Raises `InputError` that lists every problem with its line.
        """
        for wanted in ("SET", "QCR"):
            for number, row in self._lines:
                self._line = number
                self._read(row, wanted)
            if wanted == "SET":
                self._settle_mentions()
        record = self._record() if not self.problems else {}
        if self.problems:
            raise InputError(f"{self.doc_id}: " + "\n  ".join(self.problems))
        return record

    def _read(self, row: list[str], wanted: str) -> None:
        tag = row[0]
        try:
            if tag in ("S", "T", "Q", "C", "R"):
                if tag in wanted:
                    {"S": self._skip, "T": self._title, "Q": self._quote, "C": self._claim, "R": self._risk}[tag](row)
            elif tag not in ("published", "layout") and "E" in wanted:
                self._entity(row)
        except (InputError, ValueError, IndexError) as error:
            self._tell(str(error) or "too few fields")

    def _tell(self, problem: str) -> None:
        self.problems.append(f"line {self._line}: {problem}")

    # -- finding words ------------------------------------------------------------------------------------------

    def _find(self, words: str) -> list[Span]:
        """Give the places of ``words``, ``words@2,5``, ``words@*``, ``before{words}after`` or ``from...to``."""
        words, _, picked = words.partition("@")
        if "{" in words:
            before, rest = words.split("{", 1)
            inner, after = rest.split("}", 1)
            found = [
                (start + len(before), start + len(before) + len(inner))
                for start, _ in self.view.occurrences(before + inner + after)
            ]
        elif "..." in words:
            found = self._find_between(*words.split("...", 1))
        else:
            found = self.view.occurrences(words)
        if not found:
            raise InputError(f"not in the text: {words!r}")
        if picked and picked != "*":
            return [found[int(n) - 1] for n in picked.split(",")]
        return found

    def _find_between(self, first: str, last: str) -> list[Span]:
        found = []
        for start, end in self.view.occurrences(first):
            stop = self.view.text.find(last, end)
            if stop >= 0:
                found.append((start, stop + len(last)))
        return found

    def _one(self, words: str) -> Span:
        found = self._find(words)
        if len(found) > 1 and "@" not in words:
            raise InputError(f"{words!r} stands {len(found)} times: say which (@n or before{{words}}after)")
        return found[0]

    def _nearest(self, words: str, anchor: Span, *, within: Span | None = None) -> Span:
        """Give the place of ``words`` nearest to ``anchor``: in ``within`` first, then before it, then after it."""
        found = self._find(words)

        def order(span: Span) -> tuple[bool, bool, int]:
            outside = within is not None and not (within[0] <= span[0] and span[1] <= within[1])
            after = span[0] >= anchor[1]
            return outside, after, span[0] - anchor[1] if after else abs(anchor[0] - span[1])

        return min(found, key=order)

    def _sentence(self, span: Span) -> Span:
        for start, end in self._sentences:
            if start <= span[0] < end:
                return start, end
        raise InputError(f"no sentence around {self.view.text[span[0] : span[1]]!r}")

    # -- entities -----------------------------------------------------------------------------------------------

    def _skip(self, row: list[str]) -> None:
        for words in row[1:]:
            self._skipped.extend(self._find(words))

    def _title(self, row: list[str]) -> None:
        for words in row[1:]:
            self._titles.update(self._find(words) if "@" in words else [self._one(words)])

    def _entity(self, row: list[str]) -> None:
        key, kind = row[0], row[1]
        if key in self._entities:
            raise InputError(f"entity {key!r} stands twice")
        if kind not in get_args(types.EntityType):
            raise InputError(f"entity {key!r}: {kind!r} is no type")
        entity = self._entities[key] = Entity(key, kind)
        for words in row[2:]:
            option = re.match(r"(kb|role|of|titles|name)=(.*)", words)
            if option:
                entity.options[option[1]] = option[2]
                continue
            mark = _MENTION_MARKS.get(words[0], "name")
            surface = words[1:] if mark != "name" else words
            single = mark in ("nominal", "pronoun") and "@" not in surface
            spans = [self._one(surface)] if single else self._find(surface)
            entity.mentions.extend((span, mark) for span in spans)
            if not entity.name and mark == "name":
                entity.name = words.partition("@")[0].replace("{", "").replace("}", "")
        for words in filter(None, entity.options.get("titles", "").split("、")):
            spans = self._find(words) if "@" in words else [self._one(words)]
            entity.titles.extend(spans)
            self._titles.update(spans)

    def _settle_mentions(self) -> None:
        """Keep, where two found places overlap, the longer one: 浙江 is no place inside 浙江证监局."""
        taken: dict[int, str] = {}
        for start, end in [*self._skipped, *self._titles]:
            taken.update(dict.fromkeys(range(start, end), "-"))
        found = [(span, mark, e) for e in self._entities.values() for span, mark in e.mentions]
        found.sort(key=lambda item: (item[0][0] - item[0][1], item[0][0]))
        for entity in self._entities.values():
            entity.mentions = []
        for span, mark, entity in found:
            owners = {taken[i] for i in range(*span) if i in taken}
            if not owners:
                entity.mentions.append((span, mark))
                taken.update(dict.fromkeys(range(*span), entity.key))
        for entity in self._entities.values():
            entity.mentions.sort()
            if not entity.mentions:
                self._tell(f"entity {entity.key!r} has no mention of its own")
                continue
            entity.name = entity.options.get("name") or entity.name or self._words(entity.mentions[0][0])
            owner = entity.options.get("of")
            if owner and owner not in self._entities:
                self._tell(f"entity {entity.key!r}: affiliation {owner!r} is no entity")

    def _words(self, span: Span) -> str:
        return self.view.text[span[0] : span[1]]

    def _mention(self, words: str, anchor: Span) -> tuple[Span, Entity]:
        places = self._find(words)
        found = [(s, e) for e in self._entities.values() for s, _ in e.mentions if s in places]
        if not found:
            raise InputError(f"{words!r} speaks but is no mention")
        return min(found, key=lambda item: min(abs(item[0][1] - anchor[0]), abs(item[0][0] - anchor[1])))

    # -- quotes -------------------------------------------------------------------------------------------------

    def _quote(self, row: list[str]) -> None:
        kind, words, cue_words, speaker, stance = row[1:6]
        content = self._content(words)
        cue = self._cue(cue_words, content)
        quote: dict[str, Any] = {"kind": _QUOTE_KINDS[kind], "content": content, "cue": cue}
        quote["speaker"] = None if speaker == "_" else self._mention(speaker, cue)
        document = next((w[4:] for w in row[6:] if w.startswith("doc=")), None)
        quote["document"] = self._nearest(document, cue) if document else None
        label, _, target = stance.partition(" ")
        within = (content[0][0], content[-1][1])
        quote["stance"] = (_STANCES[label], self._target(target, within) if target else None)
        self._check_quote(quote)
        self._quotes.append(quote)

    def _target(self, words: str, within: Span) -> Span:
        inside = [s for s in self._find(words) if within[0] <= s[0] and s[1] <= within[1]]
        return inside[0] if inside else self._nearest(words, within)

    def _content(self, words: str) -> list[Span]:
        parts = words.split(" ++ ")
        found = self._find(parts[0])
        if len(found) > 1 and "@" not in parts[0]:
            taken = [q["content"][0] for q in self._quotes]
            found = [span for span in found if span not in taken][:1] or found[:1]
            if self._quotes and found[0][0] < self._quotes[-1]["content"][0][0]:
                later = [s for s in self._find(parts[0]) if s[0] >= self._quotes[-1]["content"][0][0]]
                found = later[:1] or found
        content = [found[0]]
        for part in parts[1:]:
            following = [span for span in self._find(part) if span[0] >= content[-1][1]]
            if not following:
                raise InputError(f"{part!r} does not follow {parts[0]!r}")
            content.append(following[0])
        return content

    def _cue(self, words: str, content: list[Span]) -> Span:
        first, last = content[0], content[-1]
        trailing = words.startswith(">")
        found = self._find(words.lstrip(">"))
        if len(content) > 1 and not trailing:
            between = [s for s in found if first[1] <= s[0] and s[1] <= last[0]]
            if between:
                return between[0]
        if trailing:
            after = [s for s in found if s[0] >= last[1]]
            if not after:
                raise InputError(f"cue {words!r} does not follow its content")
            return after[0]
        before = [s for s in found if s[1] <= first[0]]
        if not before:
            raise InputError(f"cue {words!r} does not stand before its content")
        return before[-1]

    def _check_quote(self, quote: dict[str, Any]) -> None:
        text = self.view.text
        for start, end in quote["content"]:
            if quote["kind"] != "direct" and re.search("[。\n]", text[start:end]):
                raise InputError(f"indirect content runs over its sentence: {text[start:end]!r}")
            if text[start] in "，。；：、”" or text[end - 1] in "，。；：“":
                raise InputError(f"content has a loose mark at its edge: {text[start:end]!r}")
        (start, _), (_, end) = quote["content"][0], quote["content"][-1]
        quoted = text[start - 1 : start] in '“"「' and text[end : end + 2].lstrip("。，！？")[:1] in '”"」'
        if quote["kind"] == "direct" and not quoted:
            raise InputError(f"direct, but no marks around {text[start:end]!r}")
        if quote["kind"] == "indirect" and quoted and start > 0:
            raise InputError(f"indirect, but in quotation marks: {text[start:end]!r}")
        if quote["kind"] == "mixed" and "“" not in text[start:end]:
            raise InputError(f"mixed, but nothing in quotation marks: {text[start:end]!r}")
        distance = min(abs(quote["cue"][1] - start), abs(quote["cue"][0] - end))
        if distance > 60:
            raise InputError(
                f"cue {self._words(quote['cue'])!r} is {distance} characters away from {text[start:end]!r}"
            )

    # -- claims -------------------------------------------------------------------------------------------------

    def _claim(self, row: list[str]) -> None:
        words, metric, subject, period = row[1:5]
        flags = row[5:]
        span = self._next_figure(words)
        sentence = self._sentence(span)
        reading = self._reading(words.partition("@")[0], flags)
        claim: dict[str, Any] = {"span": span, "reading": reading, "change": None, "modality": "actual", "basis": None}
        for name, value in (("metric", metric), ("subject", subject)):
            claim[name] = self._beside(name, value, span, sentence)
        claim["period"] = self._period(period, span, sentence)
        for flag in flags:
            self._apply(flag, claim)
        self._ditto = claim
        self._claims.append(claim)

    def _next_figure(self, words: str) -> Span:
        """Give the next place of a figure after the one before it; a place inside a longer number is none."""
        text = self.view.text
        plain = words.partition("@")[0].replace("{", "").replace("}", "")
        spans = [s for s in self._find(words) if s[0] >= self._cursor and _stands_alone(text, s)]
        if not spans:
            raise InputError(f"figure {plain!r} does not stand after the claim before it")
        self._cursor = spans[0][1]
        return spans[0]

    def _reading(self, words: str, flags: Sequence[str]) -> Reading:
        given = dict(flag.split("=", 1) for flag in flags if re.match(r"(kind|lo|hi|unit|ctr|mod)=", flag))
        try:
            reading = read_figure(re.sub(r".*\{|\}.*", "", words))
        except InputError:
            if not {"kind", "lo", "hi"} <= set(given):
                raise
            reading = Reading("count", None, None, None, None, "exact")
        stated = {reading.low, reading.high, None}
        wrong = [given[end] for end in ("lo", "hi") if end in given and _number(given[end]) not in stated]
        if wrong and "kind" not in given:
            raise InputError(f"{words!r} does not say {', '.join(wrong)}")
        return Reading(
            kind=given.get("kind", reading.kind),
            low=_number(given["lo"]) if "lo" in given else reading.low,
            high=_number(given["hi"]) if "hi" in given else reading.high,
            unit=_none(given["unit"]) if "unit" in given else reading.unit,
            counter=_none(given["ctr"]) if "ctr" in given else reading.counter,
            modifier=given.get("mod", reading.modifier),
        )

    def _beside(self, name: str, words: str, span: Span, sentence: Span) -> Span | None:
        if words == "_":
            return None
        if words == '"':
            return self._ditto.get(name)
        return self._nearest(words, span, within=sentence)

    def _period(self, words: str, span: Span, sentence: Span) -> dict[str, Any] | None:
        if words == "_":
            return None
        if words == '"':
            return self._ditto.get("period")
        surface, _, days = words.partition("=")
        plain = re.sub(r".*\{|\}.*|@.*", "", surface)
        if days:
            self._periods[plain] = read_days(days)
        if plain not in self._periods:
            raise InputError(f"period {surface!r} has no days: give them (=2024Q1) or leave the period out (_)")
        start, end = self._periods[plain]
        return {"span": self._nearest(surface, span, within=sentence), "start": start, "end": end}

    def _apply(self, flag: str, claim: dict[str, Any]) -> None:
        if flag[:1] in _CHANGES and flag[1:] in ("", "yoy", "qoq", "mom"):
            claim["change"], claim["basis"] = _CHANGES[flag[0]], flag[1:] or None
        elif flag in _MODALITIES:
            claim["modality"] = _MODALITIES[flag]
        elif flag.startswith("src="):
            claim["source"] = flag[4:]
            if flag[4:] != "_" and flag[4:] not in self._entities:
                raise InputError(f"source {flag[4:]!r} is no entity")
        elif not re.match(r"(kind|lo|hi|unit|ctr|mod)=", flag):
            raise InputError(f"unknown flag {flag!r}")

    # -- risks --------------------------------------------------------------------------------------------------

    def _risk(self, row: list[str]) -> None:
        theme, status = row[1], row[2]
        if theme not in get_args(types.Theme):
            raise InputError(f"{theme!r} is no risk theme")
        evidence: list[Span] = []
        for words in row[3:]:
            found = self._find(words)
            cursor = evidence[-1][0] if evidence else self._risk_cursor
            evidence.append(found[0] if "@" in words else next((s for s in found if s[0] >= cursor), found[0]))
        sentence = self._sentence(evidence[0])
        if any(self._sentence(span) != sentence for span in evidence):
            raise InputError(f"evidence of {theme} lies in more than one sentence")
        self._risk_cursor = max(self._risk_cursor, sentence[0])
        self._risks.append({"theme": theme, "status": _STATUSES[status], "sentence": sentence, "evidence": evidence})

    # -- writing ------------------------------------------------------------------------------------------------

    def _record(self) -> dict[str, Any]:
        ids = {key: f"e{n}" for n, key in enumerate(self._entities, 1)}
        placed = sorted((s, mark, key) for key, e in self._entities.items() for s, mark in e.mentions)
        mention_ids = {span: f"m{n}" for n, (span, _, _) in enumerate(placed, 1)}
        return {
            "schema": types.SCHEMA,
            "doc_id": self.doc_id,
            "published": self.head.get("published"),
            "text": self.view.raw,
            "sentences": [self.view.source(s) for s in self._sentences],
            "entities": [self._entity_record(e, ids, mention_ids) for e in self._entities.values()],
            "titles": [self.view.source(s) for s in sorted(self._titles)],
            "quotes": [self._quote_record(n, q, ids, mention_ids) for n, q in enumerate(self._quotes, 1)],
            "claims": [self._claim_record(n, c, ids) for n, c in enumerate(self._claims, 1)],
            "risks": [self._risk_record(r) for r in self._risks],
        }

    def _entity_record(self, entity: Entity, ids: dict[str, str], mention_ids: dict[Span, str]) -> dict[str, Any]:
        owner = entity.options.get("of")
        role = entity.options.get("role") or ("official" if entity.type == "OFFICIAL" else None)
        if role is not None and role not in get_args(types.PersonRole):
            self._tell(f"entity {entity.key!r}: {role!r} is no role")
        mentions = []
        for span, kind in entity.mentions:
            raw = self.view.source(span)
            surface = self.view.raw[raw[0] : raw[1]]
            mentions.append({"id": mention_ids[span], "span": raw, "text": surface, "kind": kind})
        return {
            "id": ids[entity.key],
            "type": entity.type,
            "name": entity.name,
            "kb_id": entity.options.get("kb"),
            "role": role,
            "affiliation": ids[owner] if owner else None,
            "titles": [self.view.source(s) for s in entity.titles],
            "mentions": mentions,
        }

    def _quote_record(
        self, number: int, quote: dict[str, Any], ids: dict[str, str], mention_ids: dict[Span, str]
    ) -> Any:
        speaker = None
        if quote["speaker"] is not None:
            span, entity = quote["speaker"]
            named = any(mark in ("name", "alias") for _, mark in entity.mentions)
            speaker = {
                "mention": mention_ids[span],
                "span": self.view.source(span),
                "entity": ids[entity.key],
                "named": named,
            }
        label, target = quote["stance"]
        return {
            "id": f"q{number}",
            "kind": quote["kind"],
            "content": [self.view.source(s) for s in quote["content"]],
            "cue": self.view.source(quote["cue"]),
            "speaker": speaker,
            "document": self._source_or_none(quote["document"]),
            "stance": {"label": label, "target": self._source_or_none(target)},
        }

    def _claim_record(self, number: int, claim: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
        reading: Reading = claim["reading"]
        raw = self.view.source(claim["span"])
        subject, period = claim["subject"], claim["period"]
        return {
            "id": f"c{number}",
            "span": raw,
            "text": self.view.raw[raw[0] : raw[1]],
            "kind": reading.kind,
            "low": reading.low,
            "high": reading.high,
            "unit": reading.unit,
            "counter": reading.counter,
            "modifier": reading.modifier,
            "change": claim["change"],
            "basis": claim["basis"],
            "modality": claim["modality"],
            "metric": self._source_or_none(claim["metric"]),
            "subject": self._subject(subject, ids) if subject else None,
            "period": {**period, "span": self.view.source(period["span"])} if period else None,
            "source": self._source_of(claim, ids),
        }

    def _subject(self, span: Span, ids: dict[str, str]) -> dict[str, Any]:
        owner = next((k for k, e in self._entities.items() for s, _ in e.mentions if s == span), None)
        return {"span": self.view.source(span), "entity": ids[owner] if owner else None}

    def _source_of(self, claim: dict[str, Any], ids: dict[str, str]) -> str | None:
        """Give the entity that the line names, else the speaker of the shortest quote around the figure."""
        if "source" in claim:
            return None if claim["source"] == "_" else ids[claim["source"]]
        start, end = claim["span"]
        around = [q for q in self._quotes if any(a <= start and end <= b for a, b in q["content"])]
        around.sort(key=lambda quote: sum(b - a for a, b in quote["content"]))
        speaker = around[0]["speaker"] if around else None
        return ids[speaker[1].key] if speaker else None

    def _risk_record(self, risk: dict[str, Any]) -> dict[str, Any]:
        return {
            "theme": risk["theme"],
            "status": risk["status"],
            "sentence": self.view.source(risk["sentence"]),
            "evidence": [self.view.source(s) for s in risk["evidence"]],
        }

    def _source_or_none(self, span: Span | None) -> Span | None:
        return self.view.source(span) if span else None


def _read_lines(labels: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(labels.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, [part.strip() for part in _SEPARATOR.split(line.strip())]


def _stands_alone(text: str, span: Span) -> bool:
    start, end = span
    digit = re.compile(r"[0-9]")
    cut_left = digit.match(text[start]) and re.search(r"[0-9]$|[0-9][.,]$", text[max(0, start - 2) : start])
    cut_right = digit.match(text[end - 1]) and re.match(r"[0-9]|[.,][0-9]", text[end : end + 2])
    return not cut_left and not cut_right


def _number(words: str) -> float | None:
    return None if words == "_" else float(words)


def _none(words: str) -> str | None:
    return None if words == "_" else words


# -- days -------------------------------------------------------------------------------------------------------


def read_days(words: str) -> tuple[str, str]:
    """Give first and last day of ``2024``, ``2024Q3``, ``2024H1``, ``2024-05``, ``2024-05-31`` or ``from..to``.

    >>> read_days("2024Q1..2024Q3")
    ('2024-01-01', '2024-09-30')
    """
    first, _, last = words.partition("..")
    return _days(first)[0].isoformat(), _days(last or first)[1].isoformat()


def _days(words: str) -> tuple[date, date]:
    part = re.fullmatch(r"(\d{4})(?:(Q|H)(\d)|-(\d\d)(?:-(\d\d))?)?", words)
    if part is None:
        raise InputError(f"{words!r} names no days")
    year = int(part[1])
    if part[5]:
        day = date(year, int(part[4]), int(part[5]))
        return day, day
    if part[4]:
        first = last = int(part[4])
    elif part[2]:
        length = 3 if part[2] == "Q" else 6
        last = length * int(part[3])
        first = last - length + 1
    else:
        first, last = 1, 12
    end = date(year + last // 12, last % 12 + 1, 1) - timedelta(days=1)
    return date(year, first, 1), end


# -- figures ----------------------------------------------------------------------------------------------------


@cache
def _figures() -> dict[str, Any]:
    path = resources.files("finnlp_zh.resources").joinpath("gold_figures.json")
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table


def read_figure(words: str) -> Reading:
    """Read a figure from its own words.

    Raises `InputError` where no number or no unit can be read.

    >>> read_figure("不少于800家")
    Reading(kind='count', low=800.0, high=None, unit='count', counter='家', modifier='at_least')
    """
    table = _figures()
    body, modifier = _modifier(words, table)
    if body in table["fractions"] or body in table["multiples"]:
        kind, unit = ("percent", "%") if body in table["fractions"] else ("multiple", "x")
        value = float(table["fractions"].get(body) or table["multiples"][body])
        return Reading(
            kind,
            *_bounds(value, value, "over" if body == "过半" else modifier),
            unit,
            None,
            "over" if body == "过半" else modifier,
        )
    if body.startswith("第"):
        value, _rest, _more = _value(body[1:], table)
        return Reading("rank", value, value, None, None, modifier)
    return _measure(words, body, modifier, table)


def _measure(words: str, body: str, modifier: str, table: dict[str, Any]) -> Reading:
    sign = 1.0
    if body[:1] in "-－—" and len(body) > 1:
        sign, body = -1.0, body[1:]
    per_share = body.startswith("每股")
    while lead := next((lead for lead in table["leads"] if body.startswith(lead)), None):
        sign = -1.0 if lead == "零下" else sign
        body = body[len(lead) :]
    if body.startswith("百分之"):
        body = body[3:] + "%"
    first, rest, more = _value(body, table)
    second = None
    if len(body) > 2 and body[0] in table["digits"] and body[1] in table["digits"]:  # 六七成, 两三个月, 四五百个
        first, _, _ = _value(body[0] + body[2:], table)
        second, rest, _ = _value(body[1:], table)
    elif (rest[:1] and rest[0] in table["ranges"]) or _unit_prefix(rest, table):
        second, rest, first = _second(rest, first, body, table)
    if more:
        modifier = "over"
    kind, unit, factor, counter = _unit(rest, table, words)
    if per_share and kind == "money":
        kind, unit = "rate", f"{unit}/股"
    low = _clean(sign * first * factor)
    high = low if second is None else _clean(sign * second * factor)
    if second is not None:
        return Reading(kind, low, high, unit, counter, "range")
    return Reading(kind, *_bounds(low, high, modifier), unit, counter, modifier)


def _clean(value: float) -> float:
    """Take away what binary multiplication added: 681.3 × 1e8 is 68130000000."""
    return float(f"{value:.12g}")


def _modifier(words: str, table: dict[str, Any]) -> tuple[str, str]:
    modifier = "exact"
    for prefix in sorted(table["prefixes"], key=len, reverse=True):
        if words.startswith(prefix) and words not in table["fractions"]:
            modifier, words = table["prefixes"][prefix], words[len(prefix) :]
            break
    for suffix in sorted(table["suffixes"], key=len, reverse=True):
        if words.endswith(suffix):
            return words[: -len(suffix)], table["suffixes"][suffix]
    return words, modifier


def _bounds(low: float, high: float, modifier: str) -> tuple[float | None, float | None]:
    if modifier in ("over", "at_least"):
        return low, None
    if modifier in ("under", "at_most"):
        return None, high
    return low, high


def _value(words: str, table: dict[str, Any]) -> tuple[float, str, bool]:
    """Give the number at the head of ``words``, what follows it, and whether 余/多/数 makes it a lower bound."""
    number = re.match(r"[0-9][0-9,]*(?:\.[0-9]+)?\s*", words)
    digits, scales = table["digits"], table["scales"]
    if number:
        value, at, more = float(number[0].replace(",", "")), number.end(), False
    elif words[:1] == "数" and words[1:2] in scales:
        value, at, more = 1.0, 1, True
    elif words[:1] in digits or words[:1] in scales:
        value, at, more = *_chinese(words, table), False
        value = value if at else 1.0  # 万亿 alone is one 万亿
    else:
        raise InputError(f"no number in {words!r}")
    while at < len(words) and (words[at] in scales or words[at] in table["over_marks"]):
        if words[at] in table["over_marks"]:
            more = True
        elif words[at : at + 2] != "千瓦" and words[at : at + 2] not in ("千克", "千米"):
            value *= scales[words[at]]
        else:
            break
        at += 1
    rest = words[at:].lstrip()
    if rest[:1] == "个" and len(rest) > 1 and rest[1] in table["over_marks"]:  # 6个多月
        return value, rest[0] + rest[2:], True
    return value, rest, more


def _chinese(words: str, table: dict[str, Any]) -> tuple[float, int]:
    digits, scales = table["digits"], table["scales"]
    total, current, at, seen = 0.0, 0.0, 0, False
    while at < len(words):
        char = words[at]
        if char in digits:
            current, seen = float(digits[char]), True
        elif char in scales and scales[char] < 1e4:
            total += (current if seen else 1.0) * scales[char]
            current, seen = 0.0, False
        elif char == "点" and words[at + 1 : at + 2] in digits:
            return total + current + digits[words[at + 1]] / 10, at + 2
        else:
            break
        at += 1
    return total + current, at


def _unit_prefix(rest: str, table: dict[str, Any]) -> bool:
    return re.match(rf"[^0-9]{{1,6}}[{re.escape(table['ranges'])}]\s*-?[0-9]", rest) is not None


def _second(rest: str, first: float, body: str, table: dict[str, Any]) -> tuple[float, str, float]:
    """Read the other end of a range; a first end without its own scale takes the second's (6至7万元)."""
    own = re.match(rf"[^{re.escape(table['ranges'])}]*", rest)
    given = own[0] if own else ""
    rest = rest[len(given) + 1 :].strip().lstrip("-")  # both ends below zero share the sign
    second, after, _ = _value(rest, table)
    plain = float(re.sub(r"[^0-9.]", "", re.match(r"[0-9.,]*", rest)[0]) or 0)  # type: ignore[index]
    if not given and not re.match(r"[0-9.,]+[万亿千百]", body) and plain and second != plain:
        first *= second / plain
    return second, after or given, first


def _unit(rest: str, table: dict[str, Any], words: str) -> tuple[str, str | None, float, str | None]:
    if rest in table["units"]:
        kind, unit, factor = table["units"][rest]
        return kind, unit, float(factor), None
    if len(rest) > 4:
        raise InputError(f"no unit in {words!r}")
    return "count", "count", 1.0, rest or None


# -- folders ----------------------------------------------------------------------------------------------------


def compile_article(labels: Path, text: Path | None = None) -> dict[str, Any]:
    """Compile a label file against its text, ``NAME.txt`` beside it unless given, and check the outcome as a record.

    Raises `InputError` with every problem of the article.
    """
    text = text or labels.with_suffix(".txt")
    raw = text.read_text(encoding="utf-8").rstrip("\n")
    record = Article(labels.stem, raw, labels.read_text(encoding="utf-8")).compile()
    record["source"] = {
        "path": f"articles/{text.name}",
        "sha256": hashlib.sha256(text.read_bytes()).hexdigest(),
        "encoding": "utf-8",
        "part": 1,
        "parts": 1,
    }
    types.check(types.decode(json.dumps(record, ensure_ascii=False)))
    return record


def compile_folder(folder: Path, reading: str = "articles") -> tuple[list[dict[str, Any]], list[str]]:
    """Give the records of all labelled articles of a gold folder, by name, and what is wrong with the others.

    ``reading`` names the folder in it that holds the labels; only the first one, ``articles``, must be complete.
    """
    records: list[dict[str, Any]] = []
    problems: list[str] = []
    texts = {path.stem: path for path in (folder / "articles").glob("*.txt")}
    labelled = {path.stem: path for path in (folder / reading).glob("*.labels")}
    if reading == "articles":
        problems.extend(f"{name}: no labels" for name in sorted(texts.keys() - labelled.keys()))
    problems.extend(f"{name}: no text" for name in sorted(labelled.keys() - texts.keys()))
    for name in sorted(texts.keys() & labelled.keys()):
        try:
            records.append(compile_article(labelled[name], texts[name]))
        except InputError as error:
            problems.append(str(error))
    return records, problems


def write_corpus(folder: Path, records: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Write ``train.jsonl`` and ``test.jsonl`` and give the number of records in each.

    Raises `InputError` where ``test.txt`` names an article that is not among the records.
    """
    held = set(read_test_names(folder))
    unknown = held - {record["doc_id"] for record in records}
    if unknown:
        raise InputError(f"test.txt: no such article: {', '.join(sorted(unknown))}")
    written = {}
    for name, wanted in (("train", False), ("test", True)):
        lines = [json.dumps(r, ensure_ascii=False) + "\n" for r in records if (r["doc_id"] in held) is wanted]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
        written[name] = len(lines)
    return written


def read_test_names(folder: Path) -> list[str]:
    """Give the names in ``test.txt``, one a line; none where there is no such file."""
    path = folder / "test.txt"
    return path.read_text(encoding="utf-8").split() if path.is_file() else []


def count(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Count articles, characters and labels per layer and type."""
    layers: Counter[str] = Counter()
    details: dict[str, Counter[str]] = {name: Counter() for name in ("entities", "quotes", "stance", "claims", "risks")}
    kinds: Counter[str] = Counter()
    for record in records:
        kinds[record["doc_id"].rsplit("-", 1)[0]] += 1
        layers["characters"] += len(record["text"])
        layers["sentences"] += len(record["sentences"])
        layers["mentions"] += sum(len(e["mentions"]) for e in record["entities"])
        for name in ("entities", "titles", "quotes", "claims", "risks"):
            layers[name] += len(record[name])
        details["entities"].update(e["type"] for e in record["entities"])
        details["quotes"].update(q["kind"] for q in record["quotes"])
        details["stance"].update(q["stance"]["label"] for q in record["quotes"])
        details["claims"].update(c["kind"] for c in record["claims"])
        details["risks"].update(f"{r['theme']}/{r['status']}" for r in record["risks"])
    by_name = {name: dict(sorted(found.items())) for name, found in details.items()}
    return {"articles": len(records), "kinds": dict(sorted(kinds.items())), "layers": dict(layers), **by_name}


def show(record: dict[str, Any]) -> Iterator[str]:
    """Give the labels of one record as lines to read over."""
    text = record["text"]

    def words(span: Span | None) -> str:
        return text[span[0] : span[1]] if span else "_"

    for e in record["entities"]:
        mentions = " ".join(f"{m['text']}({m['kind'][0]})" for m in e["mentions"])
        about = f"{e['kb_id'] or ''} {e['role'] or ''} {e['affiliation'] or ''} {[words(s) for s in e['titles']]}"
        yield f"E {e['id']} {e['type']} {about} {mentions}"
    yield "T " + " ".join(words(s) for s in record["titles"])
    for q in record["quotes"]:
        content = " ++ ".join(words(s) for s in q["content"])
        who = f"{words(q['speaker']['span'])}={q['speaker']['entity']}" if q["speaker"] else "_"
        stance = f"{q['stance']['label']}:{words(q['stance']['target'])}"
        yield f"Q {q['kind'][0]} {content} | {words(q['cue'])} | {who} | {words(q['document'])} | {stance}"
    for c in record["claims"]:
        value = f"{c['kind']} {c['low']}..{c['high']} {c['unit']} {c['counter'] or ''} {c['modifier']}"
        period = f"{words(c['period']['span'])} {c['period']['start']}..{c['period']['end']}" if c["period"] else "_"
        about = f"M:{words(c['metric'])} S:{words(c['subject']['span']) if c['subject'] else '_'} P:{period}"
        yield f"C {c['text']} = {value} {c['change'] or ''} {c['modality']} {about} {c['source'] or ''}"
    for r in record["risks"]:
        yield f"R {r['theme']} {r['status']} {[words(s) for s in r['evidence']]} in {words(r['sentence'])}"
