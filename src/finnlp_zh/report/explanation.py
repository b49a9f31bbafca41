"""Why a record carries its stances and risks: the rules, words and weights behind each label, as plain lines.

What runs on request (policy tone, the article's own attitude, own themes) is told with its evidence where it was run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from finnlp_zh.resources.risks import risk_lexicon
from finnlp_zh.resources.stance import stance_cues, stance_phrases, stance_weights
from finnlp_zh.resources.taxonomy import taxonomy
from finnlp_zh.rows import risk_subject
from finnlp_zh.stages.risks.candidates import find_matches
from finnlp_zh.stages.stance.features import RATED, doc_features, outermost
from finnlp_zh.stages.stance.stage import LABELS
from finnlp_zh.types import Quote, Record, Span, StanceLabel

_SHOWN = 4  # features listed for a stance


def explain(record: Record) -> Iterator[str]:
    """Give the lines that explain every stance and risk of an annotated record, with rules that were overruled."""
    yield f"# {record.doc_id}"
    yield from _explain_stances(record)
    yield from _explain_risks(record)
    told = sorted(((score, theme) for theme, score in record.themes.items() if score >= 0.05), reverse=True)
    if told:
        yield "## Themes of the article"
        yield "  " + ", ".join(f"{theme} {score:.2f}" for score, theme in told)
    yield from _explain_requested(record)


def _explain_stances(record: Record) -> Iterator[str]:
    if not record.quotes:
        return
    yield "## Stances"
    found = doc_features(record, stance_phrases(), stance_cues())
    for quote, features in zip(record.quotes, found, strict=True):
        if quote.stance is None:
            continue
        target = f", target {_show(record, quote.stance.target)}" if quote.stance.target else ""
        yield f"{quote.id} {quote.stance.label} {quote.stance.score:.2f}{target}: {_shorten(_content(record, quote))}"
        yield from _weigh(_content(record, quote), features, quote.stance.label)


def _weigh(content: str, features: Mapping[str, float], label: StanceLabel) -> Iterator[str]:
    weights = stance_weights()
    column = LABELS.index(label)
    shares = [
        (features[name] * (row[column] - row.mean()), name)
        for name, row in zip(weights.features, weights.fitted, strict=True)
    ]
    sightings = stance_phrases().sight(content)
    for share, name in sorted(shares, key=lambda item: -abs(item[0]))[:_SHOWN]:
        if abs(share) < 0.05:
            continue
        hits = outermost(sightings.of(f"@{name}")) if name in RATED else []
        words = " ".join(dict.fromkeys(sightings.text[hit.start : hit.end] for hit in hits))
        yield f"    {share:+.2f} {name}" + (f": {words}" if words else "")


def _explain_risks(record: Record) -> Iterator[str]:
    lexicon = risk_lexicon()
    findings: dict[tuple[Span, str], list[str]] = {}
    for finding in find_matches(record.text, record.sentences, lexicon):
        rule = lexicon.rules[finding.match.label]
        verdict = f" — {finding.dropped}, left out" if finding.dropped else ""
        shown = _show(record, finding.match.evidence)
        by = f"by rule {_shorten(rule.pattern)}" if " " in rule.pattern else "by the words alone"
        line = f"    {shown} {by} ({rule.weight:.2f}, {finding.status}){verdict}"
        findings.setdefault((record.sentences[finding.sentence], rule.theme), []).append(line)
    if record.risks or findings:
        yield "## Risks"
    for risk in record.risks:
        name = taxonomy()[risk.theme].zh
        subject = risk_subject(record, risk)
        concerned = f", concerns {subject.name}" if subject else ""
        yield f"{risk.theme} {name} {risk.status} {risk.score:.2f}: {_joined(record, risk.evidence)}{concerned}"
        yield f"    in: {_shorten(_show(record, risk.sentence))}"
        yield from findings.pop((risk.sentence, risk.theme), ["    by the encoder's head alone"])
    for (sentence, theme), lines in findings.items():
        yield f"no {theme} in: {_shorten(_show(record, sentence))}"
        yield from lines


def _explain_requested(record: Record) -> Iterator[str]:
    names = {entity.id: entity.name for entity in record.entities}
    if record.policy:
        yield "## Policy tone"
    for tone in record.policy or []:
        outlook = ", looks forward" if tone.forward_looking else ""
        shown = _joined(record, tone.evidence)
        yield f"{names.get(tone.body or '', '?')} {tone.tone} {tone.score:.2f}{outlook}: {shown}"
        yield f"    in: {_shorten(_show(record, tone.sentence))}"
    if record.stances:
        yield "## The article's own attitude"
    for stance in record.stances or []:
        yield f"{names[stance.entity]} {stance.label} {stance.score:.2f}"
        yield from (f"    in: {_shorten(_show(record, span))}" for span in stance.evidence)
    if record.own_themes:
        yield "## Own themes"
    for theme in record.own_themes or []:
        yield f"{theme.theme} {theme.status} {theme.score:.2f}: {_joined(record, theme.evidence)}"
        yield f"    in: {_shorten(_show(record, theme.sentence))}"


def _joined(record: Record, spans: Sequence[Span]) -> str:
    return " … ".join(_show(record, span) for span in spans)


def _content(record: Record, quote: Quote) -> str:
    return "\n".join(_show(record, span) for span in quote.content)


def _show(record: Record, span: Span) -> str:
    return record.text[span[0] : span[1]]


def _shorten(text: str, length: int = 60) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= length else text[: length - 1] + "…"
