"""Every compiled pattern takes linear time on strings made to mislead it, or is known to see short ones alone."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from typing import Any

import pytest

import finnlp_zh

# Their imports need what is not installed everywhere, and no pattern of theirs meets an article.
_LEFT_OUT = ("finnlp_zh.training", "finnlp_zh.encoder.backends", "finnlp_zh.cli", "finnlp_zh.__main__")
_UNITS = (
    "a", "A", "1", "1,", "1.", "０", "甲", "一", "十万", "亿元", "年", "1月", "年1月1日", " ", "\u3000", "\n",
    "“", "（", "（甲", "(", "[", "《", "《甲》", "「", "，", "、", "。", "：", "-", "—", ".", "·甲", "A ",
    "AB, ", "公司", "银行", "股份有限", "表示", "据", "的", "和", "同比增长", "记者", "本报记者 ", "http://",
    "a@", "<a ", "&#1;", "**", "![", "](", "%", "/", "第一", "\u200d",
)  # fmt: skip
_SHORT, _LONG = 1_000, 4_000

# Read by hand: what would pile up over a whole text, but only ever sees a place or a bounded stretch of one.
_BOUNDED = {
    "resources.phrases._NUMBERS": "searched over the gap of a phrase and 24 characters",
    "stages.claims.context._BOUNDARY": "searched within 500 characters of a figure",
    "stages.claims.tables._NOTE": "matched at the start of a line",
    "stages.entities.definitions._SHORT_NAME": "searched over the few words before a definition",
    "stages.entities.definitions._CLOCK": "searched in a name",
    "stages.entities.gazetteer._OUTSIDE": "matched with a form of the knowledge base",
    "stages.entities.organisations._COUNTED": "matched with a name's body",
    "stages.entities.roles._MEDIA_BEFORE": "matched between two names",
    "stages.quotes.content._LIST_ITEM": "matched at the start of a sentence",
    "stages.quotes.guesses._LATIN_NAME": "searched in a name's chunk",
    "stages.quotes.speakers._MODIFIER": "searched in the 24 characters before a noun",
    "stages.quotes.speakers._ANSWER": "matched at the start of a line",
    "stages.risks.candidates._AFTER": "matched behind a word",
    "stages.stance.target._TIME": "matched at the start of a clause",
}


def _modules() -> Iterator[Any]:
    for module in pkgutil.walk_packages(finnlp_zh.__path__, "finnlp_zh."):
        if not module.name.startswith(_LEFT_OUT):
            try:
                yield importlib.import_module(module.name)
            except ImportError:  # an extra that is not installed here
                continue


@pytest.fixture(scope="module")
def patterns() -> dict[re.Pattern[str], str]:
    """Give the patterns in modules, in their classes, and in what their cached functions of no argument give."""
    found: dict[re.Pattern[str], str] = {}

    def visit(value: Any, name: str, depth: int) -> None:
        if isinstance(value, re.Pattern):
            if isinstance(value.pattern, str):
                found.setdefault(value, name)
        elif depth and isinstance(value, dict):
            for key, item in value.items():
                visit(item, f"{name}[{key!r}]", depth - 1)
        elif depth and isinstance(value, list | tuple | set | frozenset) and len(value) < 2_000:
            for item in value:
                visit(item, name, depth - 1)
        elif depth and hasattr(type(value), "__dataclass_fields__"):
            for field in type(value).__dataclass_fields__:
                visit(getattr(value, field, None), f"{name}.{field}", depth - 1)

    for module in _modules():
        for name, value in list(vars(module).items()):
            where = f"{module.__name__}.{name}"
            visit(value, where, 3)
            if isinstance(value, _lru_cache_wrapper) and not value.__wrapped__.__code__.co_argcount:
                try:
                    visit(value(), where, 3)
                except finnlp_zh.FinnlpError:
                    continue
    return found


def test_patterns_are_found(patterns: dict[re.Pattern[str], str]) -> None:
    assert len(patterns) > 300
    names = {where.partition("[")[0].removeprefix("finnlp_zh.") for where in patterns.values()}
    assert set(_BOUNDED) <= names, "what is gone needs no exception"


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    started = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - started


@pytest.mark.slow
def test_every_pattern_takes_linear_time(patterns: dict[re.Pattern[str], str]) -> None:
    slow = []
    for pattern, where in patterns.items():
        if where.partition("[")[0].removeprefix("finnlp_zh.") in _BOUNDED:
            continue
        for unit in _UNITS:
            text = (unit * _LONG)[:_LONG] + "\0"
            short = _seconds(pattern, text[-_SHORT:])
            if short < 0.002:  # two microseconds a character: nothing piles up
                continue
            short, long = min(short, _seconds(pattern, text[-_SHORT:])), _seconds(pattern, text)
            # Four times the length: linear work takes four times as long, quadratic sixteen times.
            if long > 9 * short:
                slow.append(f"{where}: {long:.3f} s on {_LONG} characters of {unit!r}, {short:.3f} s on {_SHORT}")
    assert not slow, "\n".join(slow)
