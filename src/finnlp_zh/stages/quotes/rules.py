"""Puts the frames together: which candidates stand, nest in one another, or end one another."""

from __future__ import annotations

import re
from typing import Final, Literal

from finnlp_zh.stages.quotes.candidates import Candidate
from finnlp_zh.stages.quotes.clauses import ClauseFrames
from finnlp_zh.stages.quotes.content import ContentReader
from finnlp_zh.stages.quotes.heads import HeadEvidence
from finnlp_zh.stages.quotes.passage import Passage
from finnlp_zh.stages.quotes.phrases import PhraseFrames
from finnlp_zh.stages.quotes.punctuation import PunctuationFrames
from finnlp_zh.stages.quotes.speakers import SpeakerFinder
from finnlp_zh.types import Span

_PAPER_AGAIN: Final = re.compile(
    r"(?:记者|据悉|据了解|值得|截至|此前|[（(【*#]|来源|作者|责任编辑|编辑|相关阅读|点击|更多)"
)
Relation = Literal["nest", "break", "none"]
# A verb that another one of the same speaker leads to; the plain ones need a conjunction.
_ADDED_VERBS: Final = frozenset(
    (
        "敦促",
        "警告",
        "提醒",
        "呼吁",
        "批评",
        "指责",
        "谴责",
        "确信",
        "指出",
        "强调",
        "重申",
        "坦言",
        "直言",
        "透露",
        "否认",
        "承诺",
    )
)
_JOINED_VERBS: Final = _ADDED_VERBS | {"称", "表示", "认为", "宣布", "决定", "建议", "证实", "警示", "指", "说"}
_NEAR: Final = 60  # characters before a cue in which its clause's start is looked for
_JOINED: Final = re.compile(r"[，；](?:并且?|同时|同时还|并同时|还|也|亦|又|且)$")
_CONTRAST: Final = ("但", "而", "不过", "然而", "同时", "此外", "另外", "另据", "另", "对此")


class QuoteRules:
    """Applies every frame to one passage; `candidates` gives what they find, in text order."""

    def __init__(self, passage: Passage, evidence: HeadEvidence) -> None:
        self.passage = passage
        self.evidence = evidence
        self.text = passage.text
        self.masked = passage.masked
        self.finder = SpeakerFinder(passage)
        self.reader = ContentReader(passage)
        self.found: list[Candidate] = []

    def candidates(self) -> list[Candidate]:
        """Give the quotes that the rules find, ordered by where their reporting clauses begin."""
        for candidate in sorted(self._framed(), key=lambda each: (each.cue_start, each.start, -each.score)):
            self._admit(candidate)
        self.found.sort(key=lambda candidate: (candidate.start, candidate.content[0], candidate.cue_start))
        self._carry()
        for number, candidate in enumerate(self.found):
            following = self.found[number + 1].start if number + 1 < len(self.found) else len(self.text)
            candidate.continuation = self._continuation(candidate, following)
        return self.found

    def _framed(self) -> list[Candidate]:
        parts = (self.passage, self.finder, self.reader)
        phrases = PhraseFrames(*parts)
        framed = [*PunctuationFrames(*parts).candidates(), *phrases.candidates()]
        framed += ClauseFrames(*parts).candidates(
            {candidate.cue for candidate in framed if not candidate.leads_on}, self.evidence
        )
        openings = {candidate.content[0][0] for candidate in framed}
        framed += [each for each in phrases.according() if each.content[0][0] not in openings]
        return [candidate for candidate in framed if self.evidence.accepts(candidate)]

    def _continuation(self, candidate: Candidate, following: int) -> list[Span]:
        """Give the sentences after the quote in its paragraph that carry the same speech on."""
        spoken = candidate.actor is not None or candidate.document is not None
        if not spoken or candidate.kind == "direct" or candidate.rule == "headline":
            return []
        _, paragraph_end = self.passage.paragraph(candidate.end)
        number = self.passage.sentence_number(candidate.end) + 1
        spans = []
        for start, end in self.passage.sentences[number : number + 12]:
            if end > min(paragraph_end, following) or _PAPER_AGAIN.match(self.masked, start):
                break
            spans.append((start, end))
        return spans

    def _admit(self, new: Candidate) -> None:
        """Add a candidate: nested in a quote around it, or ending the quote before it, or not at all."""
        for old in reversed(self.found[-4:]):
            if old.leads_on and old.cue == new.cue:
                new.actor = old.actor
                continue
            if old.cue == new.cue:
                return
            if not (old.content[0][0] <= new.start < old.end or old.content[0][0] <= new.cue_start < old.end):
                continue
            if old.kind == "direct":
                return
            if self._adds_verb(old, new):
                new.actor, new.start = old.actor, new.cue_start
                self._cut(old, self._clause_start(new.cue_start))
                break
            if old.rule == "headline" and not old.content[0][0] <= new.cue_start < old.end:
                continue
            cited = old.rule == "cited" and new.rule != "cited"  # whom the report cites has a clause of its own in it
            relation = "nest" if cited else self._relation(old, new)
            if relation == "none":
                return
            if relation == "break" and not self._cut(old, new.start):
                return
        self.found.append(new)

    def _cut(self, old: Candidate, end: int) -> bool:
        """End a quote before ``end``; gives False, and leaves it, where nothing would remain."""
        cut = self.reader.trim(old.content[0][0], end)
        if cut is None:
            return False
        old.content = [cut]
        old.kind = self.reader.kind(cut)
        return True

    def _clause_start(self, cue_start: int) -> int:
        floor = max(self.passage.sentence(cue_start)[0], cue_start - _NEAR)
        return self.passage.clause_start(cue_start, floor)

    def _adds_verb(self, old: Candidate, new: Candidate) -> bool:
        """Tell whether the cue of ``new`` is a second verb of the same speaker: …，并称…, …，敦促…"""
        start = self._clause_start(new.cue_start)
        own = new.actor is not None and start <= new.actor.start < new.cue_start
        if own or old.actor is None or start <= old.content[0][0] or new.document is not None:
            return False
        verb = self._cue_text(new)
        joined = _JOINED.search(self.masked, max(0, start - 1), new.cue_start) is not None
        bare = start == new.cue_start and verb in (_JOINED_VERBS if old.force == "denial" else _ADDED_VERBS)
        return bare or (joined and verb in _JOINED_VERBS)

    def _relation(self, old: Candidate, new: Candidate) -> Relation:
        """Tell how a reporting clause within the content of ``old`` stands to it."""
        same = self._same_speaker(old, new)
        if not self._is_explicit(old, new, same):
            return self._resumes(old, new)
        if new.rule == "according" and (new.actor is None or new.actor.kind != "name"):
            return "none"
        first = self._opens_with(old.content[0][0], new.start)
        if not first and self.masked.startswith(_CONTRAST, new.start):
            return "break"
        if not first and new.actor is None and self._is_press(new):
            new.actor = old.actor
            return "break"
        if first or (same and new.force == "forecast"):
            return "none" if same and (new.force == "forecast" or new.document is None) else "nest"
        return self._coordinate(old, new, same)

    def _is_explicit(self, old: Candidate, new: Candidate, same: bool) -> bool:
        """Tell whether the inner clause names a source of its own."""
        inside = new.actor is not None and new.actor.start >= old.content[0][0]
        if new.score >= 0.85:
            return inside or new.document is not None or new.rule != "cue"
        return inside and new.score >= 0.7 and not same

    def _resumes(self, old: Candidate, new: Candidate) -> Relation:
        """表示高度关注，要求…: a demand that the same speaker adds ends what came before it."""
        brief = old.content[0][0] + 9 > new.cue_start or self._cue_text(old) == self._cue_text(new)
        if new.force != "demand" or new.actor is None or not brief or not self.passage.is_clause_start(new.cue_start):
            return "none"
        new.start = new.cue_start
        return "break"

    def _coordinate(self, old: Candidate, new: Candidate, same: bool) -> Relation:
        if self.text[new.start - 1 : new.start] in ("；", ";"):
            return "nest" if self._has_child_before(old, new) else "break"
        documents = new.document is not None and old.document is not None
        return "break" if same and (new.force != "factual" or documents) else "nest"

    def _opens_with(self, start: int, inner: int) -> bool:
        """Tell whether the content that starts at ``start`` opens with the reporting clause at ``inner``."""
        if self.finder.is_adverbial(start, inner):
            return True
        lead = self.masked[start : start + 1]
        return (
            lead in ("在", "据", "针")
            and self.masked.count("，", start, inner) <= 1
            and self.finder.is_gap(start, inner)
        )

    def _is_press(self, candidate: Candidate) -> bool:
        return candidate.document is not None and self.text[slice(*candidate.document)] in (
            "报道",
            "文章",
            "该报道",
            "消息",
        )

    def _cue_text(self, candidate: Candidate) -> str:
        return self.text[slice(*candidate.cue)] if candidate.cue is not None else ""

    def _has_child_before(self, old: Candidate, new: Candidate) -> bool:
        return any(
            other is not old and other.start >= old.content[0][0] and other.start < new.start and other.rule == "cue"
            and other.actor is not None and other.start < old.content[0][0] + 20
            for other in self.found[-4:]
        )  # fmt: skip

    def _same_speaker(self, old: Candidate, new: Candidate) -> bool:
        if old.actor is None or new.actor is None:
            return old.actor is new.actor and old.document is not None and new.document is not None
        if new.actor.entry is not None and new.actor.entry.means in ("company", "lender", "person", "any"):
            return True
        if new.actor.guess or old.actor.guess:
            return self.text[slice(*old.actor.span)] == self.text[slice(*new.actor.span)]
        if old.actor.entity is not None or new.actor.entity is not None:
            return old.actor.entity == new.actor.entity
        return self.text[slice(*old.actor.span)] == self.text[slice(*new.actor.span)]

    def _carry(self) -> None:
        """Give a quote without a subject the speaker of the quote before it, or drop it where there is none."""
        kept: list[Candidate] = []
        for candidate in self.found:
            if candidate.score <= 0.6:
                before = kept[-1] if kept else None
                if before is None or before.actor is None or not self._goes_on(before, candidate):
                    continue
                candidate.actor = before.actor
                candidate.carried = True
            kept.append(candidate)
        self.found = kept

    def _goes_on(self, before: Candidate, candidate: Candidate) -> bool:
        same_paragraph = "\n" not in self.text[before.end : candidate.start].strip("。”」 ")
        if candidate.force != "forecast":
            return same_paragraph
        company = before.actor is not None and before.actor.entity is not None
        return same_paragraph and not company
