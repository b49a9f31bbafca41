"""One self-contained HTML page for a file of records: no network, no markup out of an article.

The records travel as JSON inside the page, and its script puts them in as text, never as markup. A content security
policy admits the page's own script and style by their hashes and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from finnlp_zh.files import whole_file
from finnlp_zh.report.corpus import co_mentions, risks_by_month
from finnlp_zh.report.voices import count_voices, voice_rows
from finnlp_zh.resources.taxonomy import taxonomy
from finnlp_zh.types import Record

_LEFT_OUT = ("tokens", "sentences", "source_map", "schema", "source", "themes")


def build_page(records: Iterable[Record], *, title: str = "finnlp-zh report", form: str = "", style: str = "") -> str:
    """Give the page as HTML; see `assemble` for ``form`` and ``style``."""
    return assemble("report.js", _data(list(records)), title=title, form=form, style=style)


def assemble(script: str, data: Mapping[str, Any], *, title: str, form: str = "", style: str = "") -> str:
    """Give a page that shows ``data`` by one of the scripts in ``assets/``; ``page.js`` stands before it.

    ``data["counts"]`` is the line beside the heading, ``data["articles"]`` are what ``opened`` opens. ``form`` is
    markup of the caller's own, put above the views, that may be sent to where the page came from; ``style`` its rules.
    """
    style, program = _asset("page.css") + style, _asset("page.js") + "\n" + _asset(script)
    parts = {
        "TITLE": html.escape(title),
        "FORM": form,
        "FORM_ACTION": "'self'" if form else "'none'",
        "STYLE_HASH": _hash(style),
        "SCRIPT_HASH": _hash(program),
        "STYLE": style,
        "SCRIPT": program,
        "DATA": _escape(data),
    }
    # In one pass: a mark that stands in a title or an article is text.
    return re.sub(f"@({'|'.join(parts)})@", lambda mark: parts[mark[1]], _asset("page.html"))


def write_page(records: Iterable[Record], path: Path, *, title: str = "finnlp-zh report") -> None:
    """Write the page; it appears whole or not at all."""
    with whole_file(path) as stream:
        stream.write(build_page(records, title=title).encode())


def _data(records: Sequence[Record]) -> dict[str, Any]:
    return {
        "articles": [_article(record) for record in records],
        "voices": voice_rows(count_voices(records)),
        "risks": risks_by_month(records),
        "network": co_mentions(records),
        "themes": {theme: f"{entry.zh} {entry.en}" for theme, entry in taxonomy().items()},
        "counts": _counts(records),
    }


def _escape(data: Mapping[str, Any]) -> str:
    # "</script" or "<!--" in an article would end the element; as an escape it is the same JSON.
    return (
        json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").replace("\u2028", "\\u2028")
    )


def _article(record: Record) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(record)
    for name in _LEFT_OUT:
        del fields[name]
    return fields


def _counts(records: Sequence[Record]) -> str:
    quotes = sum(len(record.quotes) for record in records)
    claims = sum(len(record.claims) for record in records)
    risks = sum(len(record.risks) for record in records)
    return f"{len(records):,} articles · {quotes:,} quotes · {claims:,} claims · {risks:,} risks"


def _asset(name: str) -> str:
    return (files("finnlp_zh.report") / "assets" / name).read_text("utf-8")


def _hash(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
