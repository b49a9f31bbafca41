"""The page to paste an article into: a plain form above the report of the one article."""

from __future__ import annotations

import html
import re
from importlib.resources import files
from typing import Final

from finnlp_zh.report.page import build_page
from finnlp_zh.types import Record

_NOTHING_TO_SHOW: Final = "nav, main, .counts { display: none; }\n"


def paste_page(record: Record | None = None, *, text: str = "", published: str = "", problem: str = "") -> str:
    """Give the page as HTML: what was pasted, and the record or the problem that came of it."""
    parts = {
        "TEXT": html.escape(text),
        "PUBLISHED": html.escape(published),
        "PROBLEM": f'<p class="problem" role="alert">{html.escape(problem)}</p>' if problem else "",
        "OPEN": "" if record else " open",
    }
    form = re.sub(f"@({'|'.join(parts)})@", lambda mark: parts[mark[1]], _asset("paste.html"))
    style = _asset("paste.css") + ("" if record else _NOTHING_TO_SHOW)
    return build_page([record] if record else [], title="finnlp-zh", form=form, style=style)


def _asset(name: str) -> str:
    return (files("finnlp_zh.service") / "assets" / name).read_text("utf-8")
