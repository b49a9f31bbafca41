"""Stock codes: the one canonical form of a code, and the identity that it stands for."""

from __future__ import annotations

import re
from typing import Final

_MAINLAND: Final = re.compile(r"(?:(SH|SZ|BJ)[.:]?)?(\d{6})(?:[.:]?(SH|SS|SSE|SZ|SZSE|BJ|NQ|OC))?", re.ASCII)
_HONG_KONG: Final = re.compile(r"(?:HK|HKEX|SEHK)?[.:]?(\d{1,5})(?:[.:]?HK)?", re.ASCII)
_UNITED_STATES: Final = re.compile(
    r"(?:(?:NYSE|NASDAQ|AMEX|US|N|O)[.:])?([A-Z]{1,5}(?:\.[AB])?)(?:[.:](?:US|N|O|A|OQ|NYSE|NASDAQ))?", re.ASCII
)
_CHINESE_EXCHANGES: Final = (
    ("纽约证券交易所", "NYSE"), ("纽交所", "NYSE"), ("纳斯达克", "NASDAQ"), ("美股", "US"), ("港股", "HK"),
    ("港交所", "HK"), ("香港", "HK"), ("上交所", "SH"), ("沪市", "SH"), ("深交所", "SZ"), ("深市", "SZ"),
)  # fmt: skip
_SPACE: Final = str.maketrans("", "", " \t\u3000\xa0")
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_EXCHANGE_OF_RANGE: Final = {
    **dict.fromkeys(("600", "601", "603", "605", "688", "689", "900"), "SH"),
    **dict.fromkeys(("000", "001", "002", "003", "200", "300", "301", "302"), "SZ"),
    **dict.fromkeys(("430", *(str(first) for first in range(830, 840)), "870", "871", "872", "873", "920"), "BJ"),
}


def canonical_code(code: str) -> str | None:
    """Give a stock code in its one canonical form, or ``None`` for what is no stock code.

    Mainland codes become six digits with the exchange that their range belongs to, Hong Kong codes five digits
    with ``.HK``, United States tickers stand bare.

    >>> [canonical_code(code) for code in ("600000", "SZ000001", "0700.HK", "NYSE:BABA", "BABA.US", "2024")]
    ['600000.SH', '000001.SZ', '00700.HK', 'BABA', 'BABA', None]
    """
    code = code.translate(_WIDE).translate(_SPACE).upper()
    for chinese, exchange in _CHINESE_EXCHANGES:
        code = code.replace(chinese, exchange)
    if match := _MAINLAND.fullmatch(code):
        exchange = _EXCHANGE_OF_RANGE.get(match[2][:3], "")
        return f"{match[2]}.{exchange}" if exchange else None
    if match := _HONG_KONG.fullmatch(code):
        # Five digits are a Hong Kong code by themselves; fewer may be a year or a count and need the exchange.
        return f"{int(match[1]):05d}.HK" if "HK" in code or len(match[1]) == 5 else None
    match = _UNITED_STATES.fullmatch(code)
    return match[1] if match else None


def code_identity(code: str) -> str:
    """Give the knowledge-base id of a canonical stock code.

    >>> [code_identity(code) for code in ("600000.SH", "00700.HK", "BABA", "7203.T")]
    ['cn-stock:600000.SH', 'hk-stock:00700.HK', 'us-stock:BABA', 'jp-stock:7203.T']
    """
    suffix = code.rpartition(".")[2] if "." in code else ""
    return f"{_MARKET_OF_SUFFIX.get(suffix, 'us')}-stock:{code}"


_MARKET_OF_SUFFIX: Final = {
    "SH": "cn", "SZ": "cn", "BJ": "cn", "HK": "hk", "T": "jp", "TW": "tw", "KS": "kr", "SI": "sg", "L": "gb",
    "DE": "de", "PA": "fr", "SW": "ch", "AS": "nl", "AX": "au", "SR": "sa",
}  # fmt: skip
