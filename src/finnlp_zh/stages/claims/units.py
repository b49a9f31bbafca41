"""Finds the unit that stands at a place in a text, by the longest surface that fits."""

from __future__ import annotations

from functools import cache
from typing import Final

from finnlp_zh.resources.units import Unit, load_units

# 三成立 is no 30 %: a percent word that begins another word does not count.
_NOT_CHENG: Final = frozenset("立为功都果交员分本长熟品绩就型人名份全因家飞像语见天")
_NOT_AFTER: Final = {
    "成": _NOT_CHENG,
    "日": frozenset("元圆本常报均"),
    "人": frozenset("民工均类才事寿"),
    "天": frozenset("津然猫河"),
    "周": frozenset("边转期刊末一二三四五六日"),
    "折": frozenset("旧算叠"),
    "方": frozenset("面案向式位便法针程"),
    "里": frozenset("程面"),
    "升": frozenset("至到级"),
    "年": frozenset("报级轻代均"),
    "股": frozenset("东份票权市"),
    "点": frozenset("半评击多钟左"),
    "个点": frozenset("球心位赞子儿评击的"),
    "起": frozenset("来步点诉"),
    "位": frozenset("居列于置数"),
    "名": frozenset("称义单"),
    "期": frozenset("间货权限待末初"),
    "部": frozenset("门委分署长队"),
    "层": frozenset("面次级"),
    "类": frozenset("似"),
    "对": frozenset("于比应外"),
    "本": frozenset("次报期轮月周年届币息金"),
    "所": frozenset("以有谓持"),
    "场": frozenset("内外"),
    "处": frozenset("于理罚在置"),
    "间": frozenset("接隔"),
    "单": frozenset("位一季日月纯边"),
    "手": frozenset("机续段"),
    "班": frozenset("子"),
    "口": frozenset("径岸"),
    "条": frozenset("件款"),
    "张": frozenset("家"),
    "节": frozenset("能约"),
    "站": frozenset("在稳上点"),
    "道": frozenset("路"),
    "门": frozenset("槛"),
    "列": frozenset("入为"),
    "组": frozenset("成织"),
    "批": frozenset("准复发"),
    "床": frozenset("垫"),
    "首": frozenset("次"),
    "次": frozenset("级新"),
    "种": frozenset("植子业"),
    "块": frozenset("链"),
    "根": frozenset("据"),
    "支": frozenset("持付出撑"),
    "双": frozenset("方重"),
    "包": frozenset("括含"),
}


@cache
def _tables() -> tuple[dict[str, Unit], dict[str, Unit], dict[str, Unit], int]:
    suffixes: dict[str, Unit] = {}
    prefixes: dict[str, Unit] = {}
    nouns: dict[str, Unit] = {}
    for unit in load_units():
        {"suffix": suffixes, "prefix": prefixes, "noun": nouns}[unit.place].setdefault(unit.surface, unit)
    return suffixes, prefixes, nouns, max(map(len, (*suffixes, *prefixes, *nouns)))


def unit_at(text: str, position: int) -> Unit | None:
    """Give the longest unit or measure word that begins at ``position``."""
    suffixes, _, _, longest = _tables()
    for length in range(min(longest, len(text) - position), 0, -1):
        unit = suffixes.get(text[position : position + length])
        if unit is not None and _stands_alone(text, unit, position + length):
            return unit
    return None


def _stands_alone(text: str, unit: Unit, end: int) -> bool:
    follower = text[end : end + 1]
    if unit.surface[-1].isascii() and unit.surface[-1].isalpha():
        return not (follower.isascii() and follower.isalnum())
    return follower not in _NOT_AFTER.get(unit.surface, ()) if follower else True


def noun_at(text: str, position: int) -> Unit | None:
    """Give the noun at ``position`` that small numerals count without a measure word (五部门)."""
    _, _, nouns, longest = _tables()
    for length in range(min(longest, len(text) - position), 0, -1):
        if (unit := nouns.get(text[position : position + length])) is not None:
            return unit
    return None


def prefix_before(text: str, position: int, floor: int = 0) -> Unit | None:
    """Give the longest currency sign, code or word that ends at ``position``."""
    _, prefixes, _, longest = _tables()
    for length in range(min(longest, position - floor), 0, -1):
        unit = prefixes.get(text[position - length : position])
        if unit is not None and not (
            unit.surface[0].isalpha()
            and text[position - length - 1 : position - length].isascii()
            and text[position - length - 1 : position - length].isalpha()
        ):
            return unit
    return None
