"""Proposes the time expressions that may govern a figure, in its sentence or carried over from the claims before."""

from __future__ import annotations

import re

from finnlp_zh.stages.claims.context import HELD, Scene, run_of
from finnlp_zh.stages.claims.periods import Days, TimeExpression, allotted, is_starting_point
from finnlp_zh.stages.claims.ranking import Candidate
from finnlp_zh.types import Period


def period_candidates(scene: Scene) -> list[Candidate]:
    """Give the time expressions that may govern the figure: of its sentence, or carried over."""
    article, text, figure = scene.article, scene.article.text, scene.figure
    found: list[Candidate] = []
    run = run_of(scene)
    times = article.times_in(scene.sentence[0], figure.start)
    usable = [time for time in times if not time.reference]
    for rank, position in enumerate(range(len(times) - 1, max(-1, len(times) - 6), -1)):
        time = times[position]
        chosen, days = time, time.days
        dealt = False
        if time in usable:
            chosen, days = allotted(usable, usable.index(time), run, scene.index, text)
            dealt = (chosen, days) != (time, time.days)
        candidate = _timed(chosen, days)
        candidate.facts += ["here", f"here:{min(rank, 3)}", f"dealt:{dealt}", *_governs(scene, time)]
        nearer = [other for other in times[position + 1 :] if not other.reference and not other.announces]
        candidate.facts += [f"nearer:{min(len(nearer), 2)}", f"nearer:{bool(nearer)}&{time.kind}"]
        found.append(candidate)
    stop = text.find("。", figure.end, scene.sentence[1])
    for time in article.times_in(figure.end, stop if stop > 0 else scene.sentence[1])[:1]:
        candidate = _timed(time, time.days)
        close = bool(re.fullmatch(r"[（(]?", text[figure.end : time.start]))
        candidate.facts += ["after", f"after:{close}", f"after&{time.kind}", f"after&{bool(usable)}"]
        found.append(candidate)
    if scene.earlier:
        found += _carried(scene, bool(usable))
    nothing = Candidate(None)
    nothing.facts += [
        "null",
        f"null&{figure.kind}",
        f"null&{figure.counter}",
        f"null&here:{len(usable) > 0}",
        f"null&{figure.kind}&here:{len(usable) > 0}",
        f"null&bulletin:{article.bulletin}",
        f"null&carried:{bool(scene.earlier) and scene.earlier[-1].period is not None}",
        f"null&modality:{scene.modality}",
        f"null&{figure.kind}&bulletin:{article.bulletin}",
    ]
    found.append(nothing)
    return found


def _timed(time: TimeExpression, days: Days | None) -> Candidate:
    span = (time.start, time.end)
    return Candidate(span, days=(days[0].isoformat(), days[1].isoformat()) if days is not None else None)


def _governs(scene: Scene, time: TimeExpression) -> list[str]:
    article, text, figure = scene.article, scene.article.text, scene.figure
    between = text[time.end : figure.start]
    figures = article.figures_from(time.end, scene.index, 8)
    marks = sum(between.count(mark) for mark in "，；：（")
    follower = text[time.end : time.end + 1]
    before = text[time.start - 1 : time.start] if time.start > scene.sentence[0] else "^"
    place = "end" if follower in "，,：:" else "of" if follower == "的" else "in"
    lead = text[time.start] if text[time.start] in "截自从到至于在" else "-"
    own = marks == 0 and figures == 0
    return [
        f"kind:{time.kind}",
        f"kind:{time.kind}&bulletin:{article.bulletin}",
        f"reference:{time.reference}",
        f"announces:{time.announces}&{time.kind}",
        f"announces:{time.announces}&reference:{time.reference}",
        f"figures:{min(figures, 4)}",
        f"marks:{min(marks, 4)}",
        f"marks:{min(marks, 4)}&{time.kind}",
        f"before:{before}",
        f"lead:{lead}",
        f"place:{place}&{time.kind}",
        f"measure:{figure.kind}",
        f"measure:{figure.kind}&{time.kind}",
        f"counter:{figure.counter}",
        f"start:{is_starting_point(time, text)}&figures:{min(figures, 1)}",
        f"semicolon:{'；' in between}",
        f"days:{time.days is not None}",
        f"modality:{scene.modality}&{time.kind}",
        f"own:{own}&{time.kind}",
        f"own:{own}&{place}",
        f"held:{HELD.match(text, figure.end) is not None}&{time.kind}",
        f"change:{scene.change}&{time.kind}",
        f"colon:{'：' in between or ':' in between}",
    ]


def _carried(scene: Scene, here: bool) -> list[Candidate]:
    """Give the period of the claim before, and of its place in a parallel list, as candidates."""
    text, figure, previous = scene.article.text, scene.figure, scene.earlier[-1]
    between = text[previous.span[1] : figure.start]
    line = "line" if "\n" not in between else "lines"
    stops = min(sum(between.count(mark) for mark in "。！？\n") + (1 if "　　" in between else 0), 3)
    found: list[Candidate] = []
    first, last = run_of(scene)
    count = last - first + 1
    if count > 1 and first >= count and len(scene.earlier) >= first:
        twin = scene.earlier[scene.index - count]
        if twin.span[0] >= scene.sentence[0] and twin.period is not None and twin.period.span is not None:
            candidate = Candidate(twin.period.span, days=_iso(twin.period))
            candidate.facts += ["twin", f"twin&here:{here}"]
            found.append(candidate)
    last_timed = next(
        (claim for claim in reversed(scene.earlier[-4:]) if claim.period is not None and claim.period.span is not None),
        None,
    )
    if last_timed is None or last_timed.period is None:
        return found
    period = last_timed.period
    candidate = Candidate(period.span, days=_iso(period))
    opening = text[scene.sentence[0] : scene.sentence[0] + 2]
    word = opening if opening in ("其中", "此外", "同时", "另外", "截至", "公司", "对此", "据悉", "本次") else "other"
    kind = (
        "now"
        if period.span is not None and text[period.span[0] : period.span[1]] in ("目前", "当前", "如今")
        else "day"
        if period.start == period.end
        else "span"
    )
    gap = "close" if last_timed is previous else "gap"
    paragraph = text.count("\n", max(0, figure.start - 4000), figure.start) > 4
    candidate.facts += [
        "carried",
        f"carried&{line}&{stops}",
        f"carried&{line}&{stops}&{kind}",
        f"carried&here:{here}",
        f"carried&{word}&{stops}",
        f"carried&{gap}",
        f"carried&{kind}",
        f"carried&{figure.kind}&{stops > 0}",
        f"carried&bulletin:{scene.article.bulletin}&{stops}",
        f"carried&modality:{scene.modality == last_timed.modality}&{stops > 0}",
        f"carried&same:{last_timed.kind == figure.kind}&{stops > 0}",
        f"carried&{paragraph}&{stops}",
        f"carried&counter:{figure.counter}",
    ]
    found.append(candidate)
    return found


def _iso(period: Period) -> tuple[str, str] | None:
    return (period.start, period.end) if period.start is not None and period.end is not None else None
