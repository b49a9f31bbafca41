"""Bytes to text: each encoding found, nothing lost in silence, no binary file taken for text."""

from __future__ import annotations

import os

import pytest

from finnlp_zh.errors import InputError
from finnlp_zh.reading.decode import decode, plausibility

SIMPLE = "中国人民银行决定下调金融机构存款准备金率0.5个百分点，市场预计释放资金约1万亿元。"
TRADITIONAL = "金管會今日宣布，銀行業前三季獲利成長百分之八，但壞帳準備同步增加，資本適足率略為下滑。"


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        (SIMPLE, "utf-8", "utf-8"),
        (SIMPLE, "utf-8-sig", "utf-8"),
        (SIMPLE, "utf-16", "utf-16"),
        (SIMPLE, "utf-16-le", "utf-16-le"),
        (SIMPLE, "utf-16-be", "utf-16-be"),
        (SIMPLE, "gb18030", "gb18030"),
        (SIMPLE[:12], "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL[:16], "big5", "big5"),
        (TRADITIONAL, "utf-8", "utf-8"),
    ],
)
def test_each_encoding_is_found(text: str, written: str, found: str) -> None:
    decoded = decode(text.encode(written))
    assert (decoded.text, decoded.encoding, decoded.replaced) == (text, found, 0)


@pytest.mark.parametrize(("encoding", "cut"), [("gb18030", 1), ("utf-8", 1), ("utf-8", 2)])
def test_a_character_cut_off_at_the_end_is_lost_alone(encoding: str, cut: int) -> None:
    text = "存款准备金率下调后市场反应平稳，债券收益率小幅回落"
    decoded = decode(text.encode(encoding)[:-cut])
    assert decoded.text == text[:-1] + "\ufffd"
    assert (decoded.encoding, decoded.replaced) == (encoding, 1)


def test_single_bad_bytes_are_counted() -> None:
    data = (SIMPLE * 10).encode()
    decoded = decode(data[:90] + b"\xff" + data[90:])
    assert decoded.replaced == 1
    assert decoded.text.replace("\ufffd", "") == SIMPLE * 10


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "byte order mark"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG image"),
        (b"PK\x03\x04" + bytes(50), "ZIP"),
        (bytes(range(256)) * 20, "binary"),
        (bytes(1000), "binary"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        decode(data, name="a.txt")


def test_noise_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\.txt"):
        decode(os.urandom(4000), name="a.txt")


def test_a_wrong_decoding_is_less_plausible() -> None:
    assert plausibility(SIMPLE) > 0.9
    assert plausibility(TRADITIONAL) > 0.9
    assert plausibility(TRADITIONAL.encode("big5").decode("gb18030", "replace")) < 0.7
