"""Of all candidates keep the best ones that do not overlap, and look for certain names everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import ahocorasick

from finnlp_zh.stages.entities.candidates import CERTAIN, CERTAIN_HEAD, CERTAIN_PERSON, Candidate, Label
from finnlp_zh.stages.entities.gazetteer import Cover
from finnlp_zh.types import PEOPLE

FLOOR: Final = 0.5
"""Candidates below this score are no mentions."""


def merge(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Give one candidate a span and label, its score that of the best, raised where several finders agree.

    Where the head agrees with a rule, the rule's candidate stays: the head is asked again when it is weighed.
    """
    best: dict[tuple[int, int, str], Candidate] = {}
    for candidate in candidates:
        key = (candidate.start, candidate.end, candidate.label)
        known = best.get(key)
        if known is None or known.rule == "head":
            best[key] = candidate
        elif candidate.rule == "head":
            continue
        elif known.rule == candidate.rule and known.score < candidate.score:
            best[key] = candidate
        elif known.rule != candidate.rule:
            worse, better = sorted((known, candidate), key=lambda found: (found.score, found.rule))
            best[key] = better._replace(score=1 - (1 - better.score) * (1 - worse.score * 0.5))
    return list(best.values())


def select(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Give the candidates to keep, in text order: longer before shorter, then surer before less sure."""
    kept: list[Candidate] = []
    taken: set[int] = set()
    ranked = sorted(
        (candidate for candidate in candidates if candidate.score >= FLOOR),
        key=lambda found: (-_weight(found), found.start, found.label),
    )
    for candidate in ranked:
        span = range(candidate.start, candidate.end)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(candidate)
    return sorted(kept)


def _weight(candidate: Candidate) -> float:
    return candidate.score + 0.03 * min(candidate.end - candidate.start, 20)


def spread(text: str, kept: Sequence[Candidate], known: Iterable[tuple[str, Candidate]] = ()) -> Iterator[Candidate]:
    """Give the other places where certain names stand; ``known`` adds forms, each with who vouches for it."""
    forms: dict[str, Candidate] = {}
    for candidate in kept:
        form = text[candidate.start : candidate.end]
        certain = CERTAIN if candidate.label not in PEOPLE else CERTAIN_PERSON
        if candidate.rule == "head":
            certain = CERTAIN_HEAD
        if candidate.score >= certain and candidate.label != "TITLE" and len(form) > 1:
            other = forms.get(form)
            if other is None or other.score < candidate.score:
                forms[form] = candidate
    for form, candidate in known:
        forms.setdefault(form, candidate)
    if not forms:
        return
    automaton = ahocorasick.Automaton()
    for form, candidate in forms.items():
        automaton.add_word(form, (len(form), candidate))
    automaton.make_automaton()
    spans = {(candidate.start, candidate.end) for candidate in kept}
    cover = Cover(spans)
    for last, (length, candidate) in automaton.iter(text):
        start, end = last + 1 - length, last + 1
        if (start, end) not in spans and not cover.holds(start, end) and not _inside_latin(text, start, end):
            yield Candidate(start, end, candidate.label, max(candidate.score - 0.05, 0.5), "spread")


_KIN: Final = {"REGULATOR": "ORG", "OFFICIAL": "PERSON"}


def unify(text: str, kept: Sequence[Candidate]) -> list[Candidate]:
    """Give one kind of thing to a surface that was taken for several: the kind that its scores speak for most."""
    weights: dict[str, dict[str, float]] = {}
    for found in kept:
        if found.label != "TITLE":
            family = _KIN.get(found.label, found.label)
            votes = weights.setdefault(text[found.start : found.end], {})
            votes[family] = votes.get(family, 0.0) + found.score
    torn = {form: max(sorted(votes), key=votes.__getitem__) for form, votes in weights.items() if len(votes) > 1}
    if not torn:
        return list(kept)
    labels: dict[str, Label] = {}
    for found in kept:
        form = text[found.start : found.end]
        if form in torn and _KIN.get(found.label, found.label) == torn[form]:
            labels.setdefault(form, found.label)
    return [
        found._replace(label=labels[form])
        if found.label != "TITLE" and (form := text[found.start : found.end]) in labels
        else found
        for found in kept
    ]


def _inside_latin(text: str, start: int, end: int) -> bool:
    if text[start].isascii() and start and text[start - 1].isascii() and text[start - 1].isalnum():
        return True
    return text[end - 1].isascii() and end < len(text) and text[end].isascii() and text[end].isalnum()
