"""One made-up article with everything that the forms can hold, and records made equal for comparison."""

from __future__ import annotations

from typing import Any

import msgspec

from finnlp_zh import types
from finnlp_zh.types import Claim, Entity, Mention, Period, Quote, Record, Risk, Speaker, Stance, Subject, Token

TEXT = (
    "东湖银行上半年净利增长\n"
    "📈东湖银行行长周明远表示：“上半年净利润达到12.5亿元，\n同比增长8%。”他说，“风险可控”。\n"
    "业内人士认为，不良贷款 仍可能上升，央行应当关注。"
)


def span(words: str, nth: int = 1) -> types.Span:
    start = -1
    for _ in range(nth):
        start = TEXT.index(words, start + 1)
    return start, start + len(words)


def mention(number: int, words: str, nth: int = 1, kind: Any = "name") -> Mention:
    return Mention(f"m{number}", span(words, nth), words, kind)


def full_record(doc_id: str = "2026/bank#1") -> Record:
    bank = Entity("e1", "ORG", "东湖银行股份有限公司", "cn-stock:600999.SH")
    bank.mentions = [mention(1, "东湖银行"), mention(2, "东湖银行", 2)]
    head = Entity("e2", "PERSON", "周明远", role="executive", affiliation="e1", titles=[span("行长")])
    head.mentions = [mention(3, "周明远"), mention(4, "他", kind="pronoun")]
    trade = Entity("e3", "PERSON", "业内人士", role="expert", mentions=[mention(5, "业内人士", kind="nominal")])
    central = Entity("e4", "REGULATOR", "中国人民银行", "cn-gov:pbc", mentions=[mention(6, "央行", kind="alias")])
    said = "上半年净利润达到12.5亿元，\n同比增长8%。"
    quotes = [
        Quote("q1", "direct", [span(said)], span("表示"), Speaker("m3", span("周明远"), "e2", True, "company")),
        Quote("q2", "mixed", [span("风险可控"), span("他说")], span("说")),
        Quote("q3", "indirect", [span("不良贷款 仍可能上升"), span("央行应当关注")], span("认为")),
    ]
    quotes[1].speaker = Speaker("m4", span("他"), "e2", True, "company")
    quotes[2].document = span("上半年")
    quotes[0].stance = Stance("supportive", span("净利润"))
    quotes[2].speaker = Speaker(None, span("业内人士"), "e3", False, "industry")
    quotes[2].continuation = [span("仍可能")]
    claims = [
        Claim("c1", span("12.5亿元"), "12.5亿元", "money", 1.25e9, 1.25e9, "CNY", metric=span("净利润"), source="q1"),
        Claim("c2", span("8%"), "8%", "percent", 8.0, None, "%", modifier="over", change="increase", basis="yoy"),
    ]
    claims[0].subject = Subject(span("东湖银行", 2), "e1")
    claims[0].period = Period(span("上半年", 2), "2026-01-01", "2026-06-30")
    claims[1].subject = Subject(span("净利"), None)
    claims[1].source = "e2"
    claims[1].counter = "个 半"
    last = span("业内人士认为，不良贷款 仍可能上升，央行应当关注。")
    risks = [Risk("credit", "potential", last, [span("不良贷款"), span("上升")]), Risk("policy", "mitigated", last)]
    return Record(
        doc_id,
        TEXT,
        published="2026-08-01",
        title=(0, 11),
        sentences=[(0, 11), (12, TEXT.index("他说")), (TEXT.index("他说"), last[0] - 1), last],
        tokens=_tokens(),
        entities=[bank, head, trade, central],
        titles=[span("行长")],
        quotes=quotes,
        claims=claims,
        risks=risks,
    )


def _tokens() -> list[Token]:
    line = (
        "东湖 银行 上半年 净利 增长 📈 东湖银行行长 周明远 表示 ： “ 上半年 净利润 达到 12.5亿元 ， "
        "同比 增长 8% 。 ” 他说"
    )
    tokens = []
    start = 0
    for word in line.split():
        start = TEXT.index(word, start)
        tokens.append(
            Token(start, start + len(word), "PROPN" if "银行" in word else None if word == "他说" else "NOUN")
        )
        start += len(word)
    for character in range(start, len(TEXT)):
        if not TEXT[character].isspace():
            tokens.append(Token(character, character + 1, "X"))
    return tokens


def canonical(record: Record, *drop: str) -> dict[str, Any]:
    """Give what the labelling tools hold of the record, its ids numbered in order."""
    fields = msgspec.to_builtins(record)
    for name in ("source", "source_map", "repairs", "byline", "dateline", "sentences", "tokens", "themes", "warnings"):
        del fields[name]
    for name in drop:
        del fields[name]
    ids: dict[str | None, str | None] = {None: None}
    for letter, layer in (("e", "entities"), ("q", "quotes"), ("c", "claims")):
        for number, item in enumerate(fields[layer], start=1):
            ids[item["id"]] = f"{letter}{number}"
    for number, item in enumerate((m for entity in fields["entities"] for m in entity["mentions"]), start=1):
        ids[item["id"]] = f"m{number}"
    return _without_scores(fields, ids)


_REFERENCES = {"id", "affiliation", "mention", "entity", "source"}


def _without_scores(value: Any, ids: dict[str | None, str | None]) -> Any:
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if name not in ("score", "relevance", "rule")}
        return {
            name: ids[item] if name in _REFERENCES and not isinstance(item, dict) else _without_scores(item, ids)
            for name, item in kept.items()
        }
    if isinstance(value, list | tuple):
        return [_without_scores(item, ids) for item in value]
    return value
