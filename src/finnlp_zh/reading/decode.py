"""Turns bytes into text, strictly first, and never silently."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cache
from typing import Final

from finnlp_zh.errors import InputError

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC: Final = (
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or an Office file"), (b"\x1f\x8b", "gzip data"), (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"), (b"%PDF-", "a PDF file"), (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"PAR1", "a Parquet file"), (b"7z\xbc\xaf", "a 7z archive"), (b"Rar!", "a RAR archive"), (b"BZh", "bzip2 data"),
)  # fmt: skip
_SAMPLE: Final = 65_536
_STRICT: Final = ("gb18030", "big5", "cp950", "utf-16-le", "utf-16-be")
# Control characters that no text has; tab, line feed, form feed and carriage return are left out.
_CONTROLS: Final = bytes(code for code in range(32) if code not in {9, 10, 11, 12, 13, 0x1A})
_MOST_REPLACED: Final = 0.01
"""The largest share of undecodable bytes with which a text is still taken for what it claims to be."""
# The most frequent characters of news, Simplified and Traditional: a wrong decoding hardly ever makes them.
_FREQUENT: Final = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过民前面理日多行业经现本部"
    "这为个来们时会对说国发动业经现过万与从东后见长门问间关开进还电产实总资务报场价际币亿达较数据应机构"
    "這為個來們時會對說國發動業經現過萬與從東後見長門問間關開進還電產實總資務報場價際幣億達較數據應機構"
    "公司市融金保险增股月元银行企政收持务同比净利润季度率证券交易投资基债险價險銀證債"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the encoding it was read with, and how many characters had to be replaced by U+FFFD."""

    text: str
    encoding: str
    replaced: int = 0


def decode(data: bytes, *, name: str = "input") -> Decoded:
    """Decode bytes: BOM, UTF-8, UTF-16, GB18030 and Big5 strictly, then a detector, then with replacements counted.

    Where GB18030 and Big5 both accept the bytes, the one that gives the commoner characters wins. A text cut within
    its last character loses that one alone. Raises `InputError` for empty and for binary data.
    """
    if not data:
        raise InputError(f"{name}: the file is empty; there is no article in it")
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decode_marked(data, bom, encoding, name)
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise InputError(f"{name}: this is {what}, not text; give the file its right suffix or convert it to text")
    if (found := _strict(data, "utf-8")) is not None:
        _refuse_binary(data, name)
        return found
    if (found := _utf16(data)) is not None:
        return found
    _refuse_binary(data, name)
    found = _best(data) or _detect(data)
    if found is None:
        raise InputError(
            f"{name}: no encoding fits (tried UTF-8, UTF-16, GB18030, Big5 and detection); save the file as UTF-8"
        )
    return found


def _decode_marked(data: bytes, bom: bytes, encoding: str, name: str) -> Decoded:
    if len(data) == len(bom):
        raise InputError(f"{name}: the file holds a byte order mark and nothing else; there is no article in it")
    text = data[len(bom) :].decode("utf-8", "replace") if encoding == "utf-8" else data.decode(encoding, "replace")
    replaced = text.count("\ufffd")
    if replaced > max(1, _MOST_REPLACED * len(text)):
        raise InputError(f"{name}: {replaced} characters are no {encoding}, which it is marked as; save it as UTF-8")
    return Decoded(text, encoding, replaced)


def _strict(data: bytes, encoding: str) -> Decoded | None:
    """Decode without tolerance, but for a last character that was cut off."""
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        if error.start < len(data) - 3 or error.start == 0:
            return None
        try:
            text = data[: error.start].decode(encoding)
        except UnicodeDecodeError:
            return None
        # The bytes of a cut-off UTF-8 or GB18030 character are a lead byte and its first followers.
        return Decoded(text + "\ufffd", encoding, 1) if data[error.start] >= 0x80 else None


def _utf16(data: bytes) -> Decoded | None:
    sample = data[: _SAMPLE // 2 * 2]
    if b"\0" not in sample:
        return None
    best: Decoded | None = None
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data[: len(data) // 2 * 2].decode(encoding)
        except UnicodeDecodeError:
            continue
        if plausibility(text) > 0.6 and (best is None or plausibility(text) > plausibility(best.text)):
            cut = len(data) % 2
            best = Decoded(text + "\ufffd" * cut, encoding, cut)
    return best


def _refuse_binary(data: bytes, name: str) -> None:
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > max(8, len(sample) * 0.1) or (controls and controls >= len(sample) * 0.5):
        raise InputError(f"{name}: binary data, not text ({controls} control bytes near its start); convert it to text")


def _best(data: bytes) -> Decoded | None:
    """Give the most plausible of the strict decodings, else of the nearly strict ones."""
    candidates = [found for code in _STRICT if (found := _strict(data, code)) is not None]
    for encoding in ("utf-8", "gb18030", "big5"):
        text = data.decode(encoding, "replace")
        replaced = text.count("\ufffd")
        if replaced <= max(1, _MOST_REPLACED * len(text)):
            candidates.append(Decoded(text, encoding, replaced))
    ranked = sorted(candidates, key=lambda found: (-round(plausibility(found.text), 2), found.replaced))
    if not ranked or plausibility(ranked[0].text) < 0.5:
        return None
    found = ranked[0]
    return Decoded(found.text, "big5", found.replaced) if found.encoding == "cp950" else found


def _detect(data: bytes) -> Decoded | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        return None
    try:
        text = data.decode(best.encoding, "replace")
    except LookupError:
        return None
    replaced = text.count("\ufffd")
    if replaced > max(1, _MOST_REPLACED * len(text)):
        return None
    return Decoded(text, best.encoding, replaced)


def plausibility(text: str) -> float:
    """Score up to 1 how much the text looks like Chinese or Latin text, by its first 20,000 characters.

    Common characters count fully, rare Han characters half, private use, rare scripts and odd symbols nothing; a
    text of Han characters is further marked down where hardly any of the most frequent ones turn up.
    """
    sample = text[:20_000]
    if not sample:
        return 0.0
    common = _common_characters()
    good = rare = han = frequent = private = 0
    for char in sample:
        if char in common:
            good += 1
            if "\u4e00" <= char <= "\u9fff":
                han += 1
                frequent += char in _FREQUENT
        elif "\u4e00" <= char <= "\u9fff":
            rare += 1
            han += 1
        elif "\ue000" <= char <= "\uf8ff" or char < "\t":
            private += 1
    score = (good + 0.5 * rare - private) / len(sample)
    if han >= 20:
        score *= min(1.0, 0.4 + 4 * frequent / han)
    return score


@cache
def _common_characters() -> frozenset[str]:
    simplified = bytes(b for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF) for b in (lead, trail))
    traditional = bytes(
        b for lead in range(0xA4, 0xC7) for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)) for b in (lead, trail)
    )
    marks = "".join(map(chr, range(0x20, 0x7F)))
    marks += "\t\r\n\f\u3000\xa0·—–‘’“”…、。〈〉《》「」『』【】〔〕％‰℃①②③④⑤■□●★→￥€£×±"
    fullwidth = "".join(map(chr, range(0xFF01, 0xFF5F)))
    return frozenset(simplified.decode("gb2312", "ignore") + traditional.decode("big5", "ignore") + marks + fullwidth)
