"""Gathers what speaks for a figure being actual, an estimate, a forecast or a target."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from finnlp_zh.stages.claims.context import HELD, Patterns, Scene, is_listed, patterns
from finnlp_zh.stages.claims.figures import Figure
from finnlp_zh.stages.claims.ranking import Candidate

_DONE: Final = re.compile(r"已经?|完成|实施完毕|累计|实现|录得|截至|曾|此前|上次|报告显示|年报|同比|达到?了|了$")
_WILL: Final = re.compile(r"(?<![即])将|届时|完成后|之后|后，|如|若|倘若|一旦|每年")


def modality_candidates(scene: Scene) -> list[Candidate]:
    """Give the four modalities, each with the cues before the figure, how near they are, and what went before."""
    text, figure, words = scene.article.text, scene.figure, patterns()
    first = scene.sentence[0]
    facts: list[str] = ["any"]
    after = _after_cue(words, text, figure)
    clause = max(scene.article.mark_before(first, figure.start) + 1, first)
    for name, pattern in (("forecast", words.forecast), ("target", words.target), ("estimate", words.estimate)):
        last = None
        for match in pattern.finditer(text, first, figure.start):
            last = match
        if last is None:
            facts.append(f"no-{name}")
            continue
        between = text[last.end() : figure.start]
        marks = min(scene.article.marks_in(last.end(), figure.start), 3)
        crossed = min(scene.article.figures_from(last.end(), scene.index, 5), 2)
        facts += [
            f"{name}:{marks}",
            f"{name}:{marks}&{crossed}",
            f"{name}={last.group()}",
            f"{name}={last.group()}:{min(marks, 1)}",
            f"{name}&{figure.kind}",
            f"{name}&done:{_DONE.search(between) is not None}&{min(marks, 1)}",
        ]
        facts.append(f"{name}&after:{after}")
    facts.append(f"after:{after}")
    own = text[clause : figure.start]
    done = _DONE.search(own) is not None
    facts += [
        f"will:{_WILL.search(own) is not None}",
        f"done:{done}",
        f"kind:{figure.kind}",
        f"modifier:{figure.modifier}",
        f"counter:{figure.counter}",
    ]
    before = scene.earlier[-1] if scene.earlier else None
    if before is not None and before.span[0] >= first:
        listed = is_listed(scene)
        facts += [
            f"previous:{before.modality}",
            f"previous:{before.modality}&listed:{listed}",
            f"previous:{before.modality}&change:{scene.change is not None}",
            f"previous:{before.modality}&done:{done}",
        ]
    elif before is not None and "\n" not in text[before.span[1] : figure.start]:
        facts.append(f"last:{before.modality}")
    opening = text[first : first + 3]
    facts.append(
        f"opening:{opening}"
        if opening in ("预计", "计划", "力争", "目前", "截至", "下一步", "未来", "拟", "到20")
        else "opening:other"
    )
    facts += [f"ahead:{_looks_ahead(scene)}", f"held:{HELD.match(text, figure.end) is not None}", f"title:{first == 0}"]
    of_labels = zip(*map(_of_labels, facts), strict=True)
    return [Candidate(None, list(features), label=label) for label, features in zip(_LABELS, of_labels, strict=True)]


_LABELS: Final = ("actual", "estimate", "forecast", "target")


@cache
def _of_labels(fact: str) -> tuple[str, ...]:
    return tuple(f"{label}|{fact}" for label in _LABELS)


def _after_cue(words: Patterns, text: str, figure: Figure) -> str:
    """Give the cue right after the figure (3%的目标; 10亿元的预测)."""
    for name, pattern in (("forecast", words.forecast), ("target", words.target), ("estimate", words.estimate)):
        if (match := pattern.search(text, figure.end, figure.end + 8)) is not None and not re.search(
            r"[，。；]", text[figure.end : match.start()]
        ):
            return name
    return "none"


def _looks_ahead(scene: Scene) -> str:
    """Tell whether the nearest time in the sentence lies after the day of writing."""
    times = [
        time
        for time in scene.article.times_in(scene.sentence[0], scene.figure.start)
        if not time.reference and time.days is not None
    ]
    if not times or scene.article.written is None or times[-1].days is None:
        return "unknown"
    return (
        "ahead"
        if times[-1].days[0] > scene.article.written
        else "past"
        if times[-1].days[1] <= scene.article.written
        else "now"
    )
