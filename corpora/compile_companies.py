"""Compile ``src/finnlp_zh/resources/companies.tsv`` from name and code pairs in the corpora and from a list by hand.

    python corpora/compile_companies.py [--data ../shared/data] [--report]

The press writes a company's code behind its name: 名称(600000.SH), 名称（600000）, 名称(00700.HK), 名称(NYSE:XXX). What
stands before the bracket holds the name at its end; the name is the ending that most of the places agree on, or one
that the list of A-share short names has. ``companies_known.tsv`` (by hand: primary code, short name, full name, other
codes, aliases) adds what the corpora lack and decides where they differ. Sources: BBT-FinCUGE, the press sentiment
set, the market digests, the A-share short names of about 2022 and the SmoothNLP registry sample.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from finnlp_zh.resources import places
from finnlp_zh.resources.codes import canonical_code, code_identity

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "src" / "finnlp_zh" / "resources" / "companies.tsv"
KNOWN: Final = Path(__file__).resolve().parent / "companies_known.tsv"
HEADER: Final = """\
# Companies with stock codes: name and code pairs compiled by corpora/compile_companies.py from BBT-FinCUGE, the press
# sentiment set, the market digests, the A-share short names (2022) and the SmoothNLP registry sample, and by hand
# from public knowledge; November 2025. Facts only; Apache-2.0. ~ marks names that are also common words.
# id\ttype\tname\tshort\taliases\tcodes\tformer\tparent
"""
_NAME_CHARACTERS: Final = r"[一-鿿A-Za-z0-9*·\-]"
_BRACKET: Final = re.compile(rf"({_NAME_CHARACTERS}{{2,24}})\s*[(（]([^()（）]{{4,24}})[)）]")
_CODE: Final = re.compile(
    r"(?:行情|证券代码[:：]|股票代码[:：]|股份代号[:：]|代码[:：])?\s*"
    r"((?:SZ|SH|HK|NYSE|NASDAQ|US)\s*[:：.]?\s*[0-9A-Z]{1,6}|\d{6}(?:\s*[.，,]\s*(?:SZ|SH|BJ))?"
    r"|\d{4,5}\s*[.，,\-]\s*HK|0\d{4}|[A-Z]{1,5}[.](?:US|N|O))(?:[,，].*)?",
    re.I,
)
_FULL: Final = re.compile(
    r"((?:[一-鿿A-Za-z0-9]|[（(][一-鿿]{2,6}[)）]){4,28}有限公司)"
    r"\s*[（(](?:以下简称|下称|简称|证券简称)[:：]?\s*[“\"‘']?([一-鿿A-Za-z0-9*]{2,8})[”\"’'；;，, ）)]"
)
_FULL_CODE: Final = re.compile(
    r"((?:[一-鿿A-Za-z0-9]|[（(][一-鿿]{2,6}[)）]){4,28}有限公司)"
    r"\s*[（(](?:证券代码|股票代码|股份代号|代码|港股)?[:：]?\s*(\d{6}|\d{4,5}\.HK)"
)
_ANY_FULL: Final = re.compile(r"((?:[一-鿿A-Za-z0-9]|[（(][一-鿿]{2,6}[)）]){4,28}股份有限公司)")
# Businesses for which a group founds companies of their own under its name.
_OWN_BUSINESS: Final = re.compile(
    r"银行|证券|保险|人寿|财险|期货|基金|信托|租赁|资产|资本|投资|财务|小额|担保|控股|物流|置业|地产|销售|贸易|电子商务|研究|集团"
)
_MARK: Final = re.compile(r"^(?:S?\*?ST|XD|XR|DR|N|C)(?=[一-鿿])")
_CLASS: Final = re.compile(r"(?:-?[ABUWS]|-UW|-SW)$")
_LEAD: Final = re.compile(
    r"^(?:.*(?:下调|上调|减持|增持|收购|公司|股东|关于|其中|以及|子公司|控股股东|上市|港股|美股|龙头|董事长|概念股|个股|发布|涉及|公告|评级|[和与及对向由将被将或为在的是了于予给升降看])+)"
)
# Words after which a full name begins: what stands before them is not part of it.
_BEFORE_FULL: Final = re.compile(
    r"讯|获悉|到了|对于|第一股|融入方|大型[一-鿿]{2,6}企业|同意|拟分拆|附属公司|[0-9年月]日|公告|披露|显示|称|关于|收到|根据|其中|以及|控股子公司|子公司|控股股东|上市公司|公司名称|股东|收购|持有|增持|减持|旗下|发行人|主体"
    r"|(?<=[一-鿿])(?:系|由|与|及|和|对|向|为|即|的|在|是|从|被)(?=[一-鿿]{4,})"
)
_NOISE: Final = re.compile(
    r"格隆汇|^[ -~]+$|^(?:国际|航运|中资|集团|控股|股份)$|港股异动|[0-9]+日|董秘|股吧"
    r"|^(?:在|将|与|及|和|予|首予|维持|股份|下调|上调|给予|遭|拟|其|该|对|由|若|使)"
)
COMMON: Final = 8


def read_texts(data: Path) -> Iterator[str]:
    """Give every text of the corpora that pair names with codes, each once."""
    seen: set[str] = set()
    for text in _read_all(data):
        if len(text) > 8 and text not in seen:
            seen.add(text)
            yield text


def _read_all(data: Path) -> Iterator[str]:
    for path in sorted(data.glob("fincuge/*/*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from _strings(json.loads(line))
    with gzip.open(data / "raw" / "market_digest.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from (json.loads(line)["text"] for line in lines)
    for row in read_press(data):
        yield row["标题"]
        yield row["正文"]


def read_press(data: Path) -> list[dict[str, str]]:
    """Give the rows of the press sentiment set; its columns 公司 and 代码 pair a name with its code."""
    with (data / "sentiment" / "press" / "labelled.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def mine_contexts(texts: Iterable[str]) -> dict[str, Counter[str]]:
    """Give for each canonical code the distinct strings that stand before it, with their counts."""
    contexts: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for match in _BRACKET.finditer(text):
            found = _CODE.fullmatch(match[2].strip())
            code = canonical_code(re.sub(r"[，,\-]", ".", found[1])) if found else None
            if code:
                contexts[code][match[1]] += 1
    return contexts


def vote_names(contexts: Counter[str], listed: frozenset[str]) -> list[str]:
    """Give the names of one code, the best first: listed endings, else the ending that most contexts agree on."""
    votes: Counter[str] = Counter()
    for context in contexts:
        ending = next((context[i:] for i in range(len(context) - 1) if context[i:] in listed), None)
        if ending:
            votes[ending] += 1
    # A name seen with one code in one text only may be a slip of the press or of the split.
    if votes:
        return [name for name, count in votes.most_common(4) if count > 1 or len(votes) == 1 or name in contexts]
    return _agreed_ending(contexts)


def _agreed_ending(contexts: Counter[str]) -> list[str]:
    if len(contexts) == 1:
        only = next(iter(contexts))
        return [only] if 2 < len(only) <= 6 and not _LEAD.match(only) and contexts[only] > 1 else []
    endings: Counter[str] = Counter()
    for context in contexts:
        endings.update(context[i:] for i in range(len(context) - 1))
    enough = max(2, 0.5 * len(contexts))
    agreed = [ending for ending, count in endings.items() if count >= enough]
    # The longest ending that contexts agree on, and that also stands alone in front of the code.
    alone = [ending for ending in agreed if ending in contexts and not _LEAD.match(ending) and len(ending) <= 8]
    return [max(alone, key=len)] if alone else []


def mine_full_names(texts: Iterable[str], owner: dict[str, str]) -> dict[str, str]:
    """Give the full name of each primary code, from definitions (以下简称“X”) and from codes behind full names.

    ``owner`` maps each short name to its primary code. The place where a full name begins is not marked: the
    shortest string that ends the same way in all its places wins.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        if "有限公司" not in text:
            continue
        pairs = [(match[1], owner.get(match[2])) for match in _FULL.finditer(text)]
        pairs += [(match[1], canonical_code(match[2])) for match in _FULL_CODE.finditer(text)]
        for name, code in pairs:
            # On the mainland only a company limited by shares is listed: another form is that of a subsidiary.
            listed = name.endswith("股份有限公司") or (code or "").endswith(".HK")
            bare = _trimmed(name)
            if code and listed and len(bare.removesuffix("有限公司").removesuffix("股份")) > 3:
                votes[code][bare] += 1
    return {code: min(names, key=len) for code, names in votes.items()}


def spell_full_names(texts: Iterable[str], owner: dict[str, str]) -> dict[str, str]:
    """Give the full names that spell a short one out: [place] + short name + [trade] + 股份有限公司.

    ``owner`` maps each current short name to its primary code. What stands before the short name must be a place or
    nothing. Where anything but the short name is in the full one, the text must name the company by its short name or
    its code too: 银河 is a brand of many. A code with two such names, or a name with two codes, gets none.
    """
    by_pair: dict[str, list[str]] = defaultdict(list)
    for short in owner:
        bare = plain_name(short).removesuffix("股份")
        if len(bare) > 2:
            by_pair[bare[:2]].append(short)
    found: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        matches = list(_ANY_FULL.finditer(text)) if "股份有限公司" in text else []
        rest = _ANY_FULL.sub("", text) if matches else ""
        for match in matches:
            stem = _trimmed(match[1]).removesuffix("股份有限公司")
            for start in range(len(stem) - 1):
                for short in by_pair.get(stem[start : start + 2], ()):
                    spelled = _spelled_out(stem, start, short)
                    told = short in rest or owner[short].partition(".")[0] in rest
                    if spelled is not None and (told or (spelled == short and len(short) > 3)):
                        found[owner[short]].add(spelled + "股份有限公司")
    holders = Counter(name for names in found.values() for name in names)
    return {code: min(names) for code, names in found.items() if len(names) == 1 and holders[min(names)] == 1}


def _spelled_out(stem: str, start: int, short: str) -> str | None:
    """Give the place and the stem from ``start`` on, where that is ``short`` spelled out."""
    bare = plain_name(short).removesuffix("股份")
    if not stem.startswith(bare, start):
        return None
    ends = range(min(5, start), 1, -1)
    before = next((stem[start - n : start] for n in ends if _is_place(stem[start - n : start])), "")
    trade = stem[start + len(bare) :].removesuffix("集团")
    if start and not before:
        return None
    if len(bare) < 4 and trade.endswith(("实业", "企业", "产业")):  # the group above the listed company
        return None
    places_inside = any(trade[at : at + 2] in places.load() for at in range(len(trade) - 1))
    return None if _OWN_BUSINESS.search(trade) or places_inside else before + stem[start:]


def _is_place(word: str) -> bool:
    known = places.load()
    place = known.get(word) or (known.get(word[:-1]) if word[-1] in "省市" else None)
    return place is not None and place.kind in ("province", "city", "district")


def _trimmed(name: str) -> str:
    return re.split(_BEFORE_FULL, name)[-1]


def read_registry(data: Path) -> Iterator[tuple[str, str]]:
    """Give (short name, full name) of the SmoothNLP registry sample where the firm is a company limited by shares."""
    import pandas  # only this reader needs it

    for path in (data / "gazetteer" / "smoothnlp").glob("*10K.xlsx"):
        table = pandas.read_excel(path, usecols=["名称", "公司名称"], dtype=str).dropna()
        for short, full in table.itertuples(index=False):
            if full.endswith("股份有限公司") and short != full:
                yield short.strip(), full.strip()


def plain_name(name: str) -> str:
    """Give a short name without the marks of its listing: *ST, XD, -U, and the A of a share class."""
    bare = _CLASS.sub("", _MARK.sub("", name))
    return bare if len(bare) > 1 else name


class Company:
    """One company while it is put together; ``names`` are all short names, the current one first."""

    def __init__(
        self, codes: list[str], short: str, full: str = "", aliases: Iterable[str] = (), *, hand: bool
    ) -> None:
        self.codes = codes
        self.full = full
        self.names = list(dict.fromkeys((short, *aliases)))
        self.hand = hand


def read_known() -> list[Company]:
    """Give the companies of ``companies_known.tsv``."""
    companies = []
    for line in KNOWN.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            codes, short, full, aliases = line.split("\t")
            others = aliases.split("|") if aliases else []
            companies.append(Company(codes.split("|"), short, full, others, hand=bool(full)))
    return companies


def assign_names(
    contexts: dict[str, Counter[str]], press: Iterable[tuple[str, str]], listed: frozenset[str]
) -> dict[str, list[str]]:
    """Give the names of each code, the most frequent first; a name that two codes share goes to the one that has it
    clearly more often (a slip of the press), or to none."""
    weights: dict[str, Counter[str]] = defaultdict(Counter)
    for code, before in contexts.items():
        for name in vote_names(before, listed):
            weights[name][code] += sum(1 for context in before if context.endswith(name))
    for name, code in press:
        weights[name][code] += 3
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for name, codes in weights.items():
        for code in _owners(codes):
            names[code][name] += codes[code]
    return {code: [name for name, _ in votes.most_common(5)] for code, votes in names.items()}


def _owners(codes: Counter[str]) -> list[str]:
    markets: dict[bool, list[tuple[str, int]]] = defaultdict(list)
    for code, weight in codes.most_common():
        markets[code.endswith((".SH", ".SZ", ".BJ"))].append((code, weight))
    return [rivals[0][0] for rivals in markets.values() if len(rivals) == 1 or rivals[0][1] >= 2 * rivals[1][1] + 1]


def compile_companies(data: Path) -> list[Company]:
    """Give all companies: those by hand, completed from the corpora, then those of the corpora alone."""
    texts = list(read_texts(data))
    stock_names = (data / "gazetteer" / "a_share_names" / "names.txt").read_text("utf-8").split()
    press = [(row["公司"], canonical_code(row["代码"].zfill(6)) or "") for row in read_press(data)]
    plain = {plain_name(name) for name in stock_names}
    listed = frozenset(stock_names) | {name for name in plain if len(name) > 2} | {name for name, _ in press}
    regulators = (TARGET.parent / "regulators.tsv").read_text("utf-8")
    found = assign_names(mine_contexts(texts), [pair for pair in press if pair[1]], listed)

    found = {code: names for code, names in found.items() if code_identity(code) not in regulators}
    unlisted = (TARGET.parent / "organisations.tsv").read_text("utf-8")
    taken = set(re.split(r"[\t\n|]", unlisted))  # 蚂蚁集团 had a code, but was never listed
    found = {code: [name for name in names if name not in taken] for code, names in found.items()}

    companies = read_known()
    by_code = {code: company for company in companies for code in company.codes}
    by_name = {name.lstrip("~"): company for company in companies for name in company.names}
    for code in sorted(found, key=lambda code: (not code.endswith((".SH", ".SZ")), code)):
        names = [name for name in found[code] if _credible(name, code, plain)]
        company = by_code.get(code) or next((by_name[name] for name in names if name in by_name), None)
        if company is None:
            if not names:
                continue
            company = Company([code], names[0], hand=False)
            companies.append(company)
        elif code not in company.codes and _same_market(code, company.codes):
            continue  # another company under a name that is taken
        if code not in company.codes:
            company.codes.append(code)
        company.names.extend(name for name in names if name not in by_name)
        by_code[code] = company
        by_name.update((name, company) for name in names if name not in by_name)

    owner = {name: company.codes[0] for name, company in by_name.items()}
    full = mine_full_names(texts, owner)
    for short, name in read_registry(data):
        if short in owner:
            full.setdefault(owner[short], name)
    current = {company.names[0]: company.codes[0] for company in companies if not company.names[0].startswith("~")}
    for code, name in spell_full_names(texts, current).items():
        if full.get(code, name).endswith(name):
            full[code] = name
    for company in companies:
        company.full = company.full or full.get(company.codes[0], "")
    return companies


def _credible(name: str, code: str, listed: set[str]) -> bool:
    if code.endswith(".BJ"):  # most of these are over-the-counter listings, of which the press knows few
        return plain_name(name) in listed
    return plain_name(name) in listed or not (_LEAD.match(name) or _NOISE.search(name))


def _same_market(code: str, codes: list[str]) -> bool:
    return any(other.rpartition(".")[2] == code.rpartition(".")[2] for other in codes) or code.endswith(
        (".SH", ".SZ", ".BJ")
    )


def count_in_news(names: Iterable[str], data: Path) -> Counter[str]:
    """Count the names in TV news, which seldom speaks of small companies: what is frequent there is a common word."""
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for name in names:
        automaton.add_word(name, name)
    automaton.make_automaton()
    counts: Counter[str] = Counter()
    with gzip.open(data / "raw" / "cctv_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            counts.update({name for _, name in automaton.iter(json.loads(line)["text"])})
    return counts


def spell_rows(companies: list[Company], frequent: Counter[str]) -> Iterator[str]:
    """Give the lines of the table; names that are short or frequent in general news get their ~."""
    owners: Counter[str] = Counter()
    for company in companies:
        company.names = list(dict.fromkeys(form for name in company.names for form in _forms(name)))
        owners.update({name.lstrip("~") for name in company.names} | {company.full} - {""})
    for company in companies:
        names = [name for name in company.names if owners[name.lstrip("~")] == 1 or name == company.names[0]]
        marked = [_marked(name, frequent, hand=company.hand) for name in dict.fromkeys(names) if name != company.full]
        full = company.full if owners[company.full] == 1 else ""
        first = marked[0] if marked else company.full
        yield "\t".join(
            ("", "O", full or first, first if full else "", "|".join(marked[1:]), "|".join(company.codes), "", "")
        )


def _forms(name: str) -> Iterator[str]:
    bare = plain_name(name.lstrip("~"))
    if bare == name.lstrip("~"):
        yield name
    elif _MARK.match(name) or len(bare) < 3:  # *ST names are cut short: the rest is no name of its own
        yield name
        yield f"~{bare}"
    elif name.endswith(("A", "B")):
        yield name
        yield bare
    else:
        yield bare


def _marked(name: str, frequent: Counter[str], *, hand: bool) -> str:
    if name.startswith("~") or hand:
        return name
    chance = len(name) < 3 or frequent[name] >= _common(name) or (len(name) < 4 and name.isascii())
    return f"~{name}" if chance else name


def _common(name: str) -> int:
    return COMMON if len(name) > 3 else COMMON // 2


def main() -> None:
    """Write the table; with ``--report`` also say what it covers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--report", action="store_true")
    options = parser.parse_args()
    companies = compile_companies(options.data)
    companies.sort(key=lambda company: (code_identity(company.codes[0]).partition(":")[0], company.codes[0]))
    frequent = count_in_news({name.lstrip("~") for company in companies for name in company.names}, options.data)
    TARGET.write_text(HEADER + "\n".join(spell_rows(companies, frequent)) + "\n", encoding="utf-8")
    if options.report:
        report(companies, frequent, options.data)


def report(companies: list[Company], frequent: Counter[str], data: Path) -> None:
    """Print how many companies there are, how many A-share names have a code, and which names are marked common."""
    names = (data / "gazetteer" / "a_share_names" / "names.txt").read_text("utf-8").split()
    covered = {plain_name(name.lstrip("~")) for company in companies for name in company.names}
    print(f"{len(companies)} companies, {sum(bool(company.full) for company in companies)} with their full name")
    print(f"{sum(plain_name(name) in covered for name in names)} of {len(names)} A-share short names have a code")
    common = sorted((name for name in frequent if frequent[name] >= _common(name)), key=lambda name: -frequent[name])
    print("frequent in news:", " ".join(f"{name}:{frequent[name]}" for name in common))


if __name__ == "__main__":
    main()
