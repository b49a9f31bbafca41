"""Which mentions name the same entity: definitions, shared identity in the resources, safe short forms."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from finnlp_zh.resources import knowledge, organisation_words, places
from finnlp_zh.stages.entities.candidates import Candidate, Definition
from finnlp_zh.types import EntityType

_LEGAL: Final = (
    "集团股份有限公司",
    "股份有限公司",
    "有限责任公司",
    "集团有限公司",
    "有限公司",
    "股份公司",
    "总公司",
    "公司",
)
_AREA_ENDS: Final = "省市县区州"
_FAMILY: Final = {
    "ORG": "ORG",
    "REGULATOR": "ORG",
    "PERSON": "PERSON",
    "OFFICIAL": "PERSON",
    "POLICY": "POLICY",
    "LOC": "LOC",
}
_DOTS: Final = "·•・‧"

_QUOTATION: Final = re.compile("[（(][^（）()]*[0-9][^（）()]*[）)]")
_DRESSING: Final = re.compile(r"^S?\*?ST(?=[\u4e00-\u9fff])|[（(](?:特殊普通合伙|普通合伙|有限合伙)[）)]$")
_CALLED: Final = re.compile("[\u4e00-\u9fff](?:先生|女士|小姐|总|某某?)")

Key = tuple[str, str]
"""A family of types and a surface: all mentions with one key name one entity."""


def key_of(text: str, candidate: Candidate) -> Key:
    """Give the family and the surface of a mention."""
    return _FAMILY[candidate.label], text[candidate.start : candidate.end]


class Groups:
    """A union-find over keys."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._parent: dict[Key, Key] = {key: key for key in keys}

    def find(self, key: Key) -> Key:
        """Give the key that stands for the group of ``key``."""
        root = key
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[key] != root:
            self._parent[key], key = root, self._parent[key]
        return root

    def join(self, one: Key, other: Key) -> None:
        """Make the groups of two keys one, if both are known."""
        if one in self._parent and other in self._parent:
            self._parent[self.find(other)] = self.find(one)


def group(
    text: str,
    mentions: Sequence[Candidate],
    definitions: Sequence[Definition],
    codes: dict[str, str],
    own_ids: dict[str, str],
) -> list[list[Candidate]]:
    """Give the mentions of each entity, entities in the order of their first mention.

    ``codes`` maps surfaces that a stock code follows to the code, ``own_ids`` surfaces of the user's lexicon to ids.
    """
    keys: dict[Key, list[Candidate]] = defaultdict(list)
    for mention in mentions:
        keys[key_of(text, mention)].append(mention)
    groups = Groups(keys)
    defined = _join_definitions(text, mentions, definitions, groups)
    identities = {key: identity for key in keys if (identity := _identity(key, codes, own_ids))}
    _join_identities(identities, groups)
    _join_short_organisations([key[1] for key in keys if key[0] == "ORG"], groups, identities, defined)
    _join_spellings(keys, groups)
    _join_titles([key[1] for key in keys if key[0] == "POLICY"], groups)
    _join_originals(text, mentions, groups)
    _join_names([key[1] for key in keys if key[0] == "PERSON"], groups)
    _join_areas([key[1] for key in keys if key[0] == "LOC"], groups)
    entities: dict[Key, list[Candidate]] = {}
    for mention in mentions:
        entities.setdefault(groups.find(key_of(text, mention)), []).append(mention)
    return list(entities.values())


def _join_definitions(
    text: str, mentions: Sequence[Candidate], definitions: Sequence[Definition], groups: Groups
) -> set[str]:
    by_span = {(mention.start, mention.end): mention for mention in mentions}
    by_end = {mention.end: mention for mention in mentions}
    defined: set[str] = set()
    for definition in definitions:
        full = by_span.get(definition.full) or by_end.get(definition.full[1])
        alias = by_span.get(definition.alias)
        if full and alias and _FAMILY[full.label] == _FAMILY[alias.label]:
            if definition.short:
                defined.add(text[alias.start : alias.end])
            groups.join(key_of(text, full), key_of(text, alias))
    return defined


def _identity(key: Key, codes: dict[str, str], own_ids: dict[str, str]) -> str | None:
    family, surface = key
    if surface in own_ids:
        return own_ids[surface]
    if family == "LOC":
        place = places.load().get(surface)
        return f"place:{place.canonical}" if place else None
    if family != "ORG":
        return None
    base = knowledge.load()
    entry = base.by_code(codes[surface]) if surface in codes else None
    entry = entry or base.lookup(surface)
    if entry:
        return entry.id
    body = organisation_words.load_bodies().get(surface)
    if body:
        entry = base.lookup(body.canonical)
        return entry.id if entry else f"body:{body.canonical}"
    return f"code:{codes[surface]}" if surface in codes else None


def _join_identities(identities: dict[Key, str], groups: Groups) -> None:
    first: dict[tuple[str, str], Key] = {}
    for key, identity in identities.items():
        groups.join(first.setdefault((key[0], identity), key), key)


def _join_short_organisations(
    surfaces: Sequence[str], groups: Groups, identities: dict[Key, str], defined: set[str]
) -> None:
    """Join each short name to the one longer name that it safely shortens."""
    by_pair: dict[str, list[str]] = defaultdict(list)
    for surface in surfaces:
        for pair in {surface[index : index + 2] for index in range(len(surface) - 1)}:
            by_pair[pair].append(surface)
    settled = {groups.find(("ORG", surface)) for surface in surfaces if surface in defined}
    for short in surfaces:
        if short in defined:
            continue
        roots: dict[Key, int] = {}
        for full in by_pair[short[:2]]:
            rank = shortens(short, full)
            if rank and not _told_apart(short, full, identities):
                root = groups.find(("ORG", full))
                if rank < 3 and root in settled and identities.get(("ORG", short)):
                    continue
                roots[root] = max(rank, roots.get(root, 0))
        best = max(roots.values(), default=0)
        winners = [root for root, rank in roots.items() if rank == best]
        if len(winners) == 1:
            groups.join(winners[0], ("ORG", short))


def _told_apart(short: str, full: str, identities: dict[Key, str]) -> bool:
    """Tell whether the resources know two names for two organisations.

    A listed company and the group above it differ in 集团 alone; a bracketed place makes a subsidiary.
    """
    one, other = identities.get(("ORG", short), ""), identities.get(("ORG", full), "")
    if one and other and not one.startswith("body:") and not other.startswith("body:"):
        return one != other
    listed = "stock:" in one or one.startswith("code:")
    return listed and not other and (full in (short + "集团", short + "集团有限公司") or "（" in full or "(" in full)


def shortens(short: str, full: str) -> int:
    """Tell whether ``short`` may be a short form of the organisation ``full``: 0 no, higher is surer.

    >>> [shortens("星河租赁", name) for name in ("星河租赁有限责任公司", "江苏星河租赁有限公司", "星河银行")]
    [3, 3, 0]
    """
    core = _core(full)
    elsewhere = core.startswith(short) and _names_place(core.removeprefix(short))
    if not 2 <= len(short) < len(full) or short.endswith(_LEGAL[:-1]) or elsewhere:
        return 0
    if core == full:
        return _shortens_plain(short, full)
    bare = _without_place(core)
    if full.endswith("股份有限公司") and len(brand := short.removesuffix("股份")) > 1 and brand != short:
        return 2 if bare.startswith(brand) or core.startswith(brand) else 0  # 海晏股份: 海晏自动化工程股份有限公司
    if short in (core, bare, core.removesuffix("集团"), bare.removesuffix("集团")):
        return 3
    tail = short.removesuffix("公司")
    if bare.startswith(short) or core.startswith(short) or (bare[:2] == tail[:2] and _in_order(tail, bare)):
        return 2
    return 1 if core[:2] == tail[:2] and _in_order(tail, core) else 0


def _shortens_plain(short: str, full: str) -> int:
    """The same for names without a legal form: 高盛集团, 云帆电子, 海晏农村商业银行."""
    if full in (short + "集团", short + "公司"):
        return 2
    if full.startswith(short) and full[len(short) :] in _TRADES:
        return 1
    return int(len(short) >= 5 and short[:4] == full[:4] and short[-1] == full[-1] and _in_order(short, full))


def _names_place(rest: str) -> bool:
    """Tell whether what a short form leaves out names a place: a subsidiary there, not the company itself."""
    known = places.load()
    return any(rest[:length] in known or rest[-length:] in known for length in (2, 3) if len(rest) >= length)


_TRADES: Final = (
    "集团", "投资", "科技", "实业", "控股", "股份", "资本", "证券", "化工", "能源", "药业", "传媒", "信息", "电子",
    "智能", "管理", "教育", "工程", "技术", "发展", "贸易", "文化", "国际", "网络", "数据", "医疗", "生物",
    "新材料", "环保", "建设", "物流", "资产", "股权", "数字", "自动化", "医药", "食品", "汽车", "新能源", "电气",
    "机械", "软件", "地产", "置业", "商业", "供应链", "创业", "企业",
)  # fmt: skip
"""Words with which the description of a trade may begin in a registered name, after its brand."""


def short_forms(full: str) -> tuple[str, ...]:
    """Give the forms under which a registered name is likely to be taken up again, longest first.

    These are the name without its legal form, its brand (three characters or more) or place and brand, alone or with
    the first word of the trade.

    >>> short_forms("南京拓澜投资管理有限公司")
    ('南京拓澜投资管理', '南京拓澜投资', '拓澜投资管理', '南京拓澜', '拓澜投资')
    """
    core = _core(full)
    if core == full or full.isascii():
        return ()
    bare = _without_place(core)
    place = core[: len(core) - len(bare)].rstrip(_AREA_ENDS)
    forms = [core, bare, core.removesuffix("集团"), bare.removesuffix("集团")]
    for cut in range(2, min(len(bare), 6)):
        trade = next((word for word in _TRADES if bare.startswith(word, cut)), None)
        if trade is not None:
            brand = bare[:cut]
            forms += [brand, brand + trade]
            if place:
                forms += [place + brand, place + brand + trade]
    usable = {form for form in forms if len(form) >= 3 and form != full and form not in places.load()}
    return tuple(sorted(usable, key=lambda form: (-len(form), form)))


def _core(name: str) -> str:
    plain = name.replace("(", "（").replace(")", "）")
    start, end = plain.find("（"), plain.find("）")
    if 0 < start < end < len(plain):
        plain = plain[:start] + plain[end + 1 :]
    for ending in _LEGAL:
        if plain.endswith(ending) and len(plain) - len(ending) >= 2:
            return plain.removesuffix(ending) + ("集团" if ending.startswith("集团") else "")
    return name


def _without_place(core: str) -> str:
    known = places.load()
    for length in (5, 4, 3, 2):
        place = known.get(core[:length])
        if place and place.kind in ("province", "city", "country") and len(core) - length >= 2:
            rest = core[length:]
            if rest[0] in _AREA_ENDS and len(rest) > 2:
                rest = rest[1:]
            return rest
    return core


def _in_order(short: str, full: str) -> bool:
    characters = iter(full)
    return all(character in characters for character in short)


def _join_spellings(keys: Iterable[Key], groups: Groups) -> None:
    """Join a name to the same without a quotation inside it, a mark of the exchange or the form of a partnership.

    星河(12.30,0.1,0.8%)银行 and 星河银行; *ST星河 and 星河; 星河律师事务所（特殊普通合伙） and 星河律师事务所.
    """
    for key in keys:
        plain = _DRESSING.sub("", _QUOTATION.sub("", key[1]))
        if plain != key[1]:
            groups.join(key, (key[0], plain))


def _join_titles(surfaces: Sequence[str], groups: Groups) -> None:
    """Join a title to the one longer title that ends in it: 《规划》, 《城市更新规划》."""
    for short in surfaces:
        inner = short.strip("《》")
        fulls = [full for full in surfaces if full != short and full.strip("《》").endswith(inner)]
        if len(inner) >= 2 and len(fulls) == 1:
            groups.join(("POLICY", fulls[0]), ("POLICY", short))


def last_part(name: str) -> str | None:
    """Give the last part of a foreign name, under which its bearer is taken up again.

    >>> last_part("让-诺埃尔·巴罗"), last_part("Anna Berg"), last_part("李明")
    ('巴罗', 'Berg', None)
    """
    last = max(name.rfind(dot) for dot in (_DOTS if not name.isascii() else " "))
    return name[last + 1 :] if last > 0 and len(name) - last > 2 else None


def _join_names(surfaces: Sequence[str], groups: Groups) -> None:
    """Join part of a name to the full one, where one full name alone has it: 巴罗, 陈先生, 李某."""
    last: dict[str, list[str]] = defaultdict(list)
    family: dict[str, list[str]] = defaultdict(list)
    for full in surfaces:
        if (part := last_part(full)) is not None:
            last[part].append(full)
        elif not _CALLED.fullmatch(full):
            family[full[0]].append(full)
    for short in surfaces:
        fulls = family[short[0]] if _CALLED.fullmatch(short) else last[short]
        if len(fulls) == 1:
            groups.join(("PERSON", fulls[0]), ("PERSON", short))


def _join_originals(text: str, mentions: Sequence[Candidate], groups: Groups) -> None:
    """Join a foreigner's name in Latin letters to the transcription that it stands behind in brackets."""
    people = {mention.end: mention for mention in mentions if _FAMILY[mention.label] == "PERSON"}
    for mention in mentions:
        before = people.get(mention.start - 1) if text[mention.start - 1 : mention.start] in ("(", "（") else None
        if mention.rule == "original" and before is not None:
            groups.join(key_of(text, before), key_of(text, mention))


def _join_areas(surfaces: Sequence[str], groups: Groups) -> None:
    known = set(surfaces)
    for surface in surfaces:
        if len(surface) > 2 and surface[-1] in _AREA_ENDS and surface[:-1] in known:
            groups.join(("LOC", surface), ("LOC", surface[:-1]))
    for surface in surfaces:
        inner = [surface[cut:] for cut in range(2, len(surface) - 1) if surface[:cut] in places.load()]
        for part in inner:
            if part in known:
                groups.join(("LOC", surface), ("LOC", part))


def type_of(mentions: Sequence[Candidate]) -> EntityType:
    """Give the type that most of the mentions' scores speak for; one office makes a person an official."""
    weights: dict[str, float] = defaultdict(float)
    for mention in mentions:
        weights[mention.label] += mention.score
    best = max(sorted(weights), key=lambda label: weights[label])
    return best  # type: ignore[return-value]
