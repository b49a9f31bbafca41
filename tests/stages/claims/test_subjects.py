"""Whose a figure is, and where its metric begins."""

from __future__ import annotations

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.claims.assembly import claims_of
from finnlp_zh.types import Claim, Entity, Mention, Record


def claims(text: str, *names: str) -> list[Claim]:
    """Give the claims of a text in which the names are organisations e0, e1, …"""
    entities = []
    for number, name in enumerate(names):
        starts = [at for at in range(len(text)) if text.startswith(name, at)]
        mentions = [
            Mention(id=f"m{number}-{at}", span=(at, at + len(name)), text=name, kind="name", score=1.0) for at in starts
        ]
        entities.append(Entity(id=f"e{number}", type="ORG", name=name, mentions=mentions))
    ends = [at + 1 for at, char in enumerate(text) if char == "。"]
    sentences = list(zip([0, *ends[:-1]], ends, strict=True))
    return claims_of(Record(doc_id="t", text=text, sentences=sentences, entities=entities), Features())


@pytest.mark.parametrize(
    ("text", "names", "entity"),
    [
        ("东湖股份发布年报。公司实现净利润3.2亿元。", ("东湖股份",), "e0"),
        ("东湖股份发布年报。南湖证券认为东湖股份稳健。公司实现净利润3.2亿元。", ("南湖证券", "东湖股份"), "e1"),
        ("东湖股份收购西山集团。公司实现净利润3.2亿元。", ("东湖股份", "西山集团"), None),
        ("行业回暖。东湖股份复产。公司实现净利润3.2亿元。", ("东湖股份",), None),
    ],
)
def test_the_company_is_what_the_article_is_about(text: str, names: tuple[str, ...], entity: str | None) -> None:
    (claim,) = claims(text, *names)
    assert claim.subject is not None
    assert claim.subject.span is not None
    assert text[slice(*claim.subject.span)] == "公司"
    assert claim.subject.entity == entity


@pytest.mark.parametrize("text", ["我国国产化率提升至60%。", "公司零部件国产化率达85%。", "东湖股份业务量为3万件。"])
def test_a_metric_begins_with_a_whole_word(text: str) -> None:
    (claim,) = claims(text)
    assert claim.metric is not None
    assert text[slice(*claim.metric)].endswith(("国产化率", "业务量"))
