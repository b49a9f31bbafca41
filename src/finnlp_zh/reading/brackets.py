"""Open and closed quotation marks and brackets of a fragment."""

from __future__ import annotations

from typing import Final

_OPEN: Final = {"“": "”", "‘": "’", "《": "》", "（": "）", "(": "）", "【": "】", "「": "」", "『": "』", "〈": "〉"}
_SAME: Final = {")": "）"}  # full and half width round brackets close each other in print
_DEEPEST: Final = 30  # nobody nests deeper; a text of nothing but opening brackets must not take for ever
_CLOSE: Final = frozenset(_OPEN.values())


def unmatched(text: str) -> tuple[str, str]:
    """Give the closing marks that nothing in ``text`` opens, and those that it still waits for, innermost last.

    >>> unmatched("节。”周道许表示：“应")
    ('”', '”')
    """
    missing: list[str] = []
    waiting: list[str] = []
    for char in text:
        if (closer := _OPEN.get(char)) is not None:
            waiting.append(closer)
            del waiting[:-_DEEPEST]
        elif (mark := _SAME.get(char, char)) in _CLOSE:
            if mark in waiting:
                while waiting.pop() != mark:  # what was opened inside and never closed is a slip of print
                    pass
            else:
                missing.append(mark)
    return "".join(missing), "".join(waiting)
