"""Finds the characters of an extracted article again in the page that it came from."""

from __future__ import annotations

import html
import re
from array import array
from typing import Final

from finnlp_zh.reading.mapped import MappedText, Run, concatenate

_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MOST_MISSED: Final = 100
_HIDDEN: Final = re.compile(r"<(script|style|noscript|template)\b", re.IGNORECASE)


def map_to_page(text: str, page: str) -> MappedText:
    """Give ``text``, line by line, with the places in ``page`` that its characters were copied from.

    Compared without white space, each line looked for behind the one before it first. Characters that the page spells
    as entities (``&amp;``) and lines that it does not hold as they stand are in no run. Linear in the page: after a
    hundred lines that are nowhere, only what lies ahead is searched.
    """
    shown, places = _visible(page)
    parts: list[MappedText] = []
    cursor = missed = 0
    for number, line in enumerate(text.split("\n")):
        if number:
            parts.append(MappedText.insert("\n"))
        bare = "".join(line.split())
        found = shown.find(bare, cursor)
        if found < 0 and missed < _MOST_MISSED:
            found = shown.find(bare)
            missed += found < 0
        if found < 0 or not bare:
            parts.append(MappedText.insert(line))
            continue
        cursor = found + len(bare)
        parts.append(MappedText(line, _runs(line, places[found:cursor], page)))
    return concatenate(parts)


def _runs(line: str, places: array[int], page: str) -> tuple[Run, ...]:
    runs: list[Run] = []
    index = 0
    for at, char in enumerate(line):
        if char.isspace():
            place = runs[-1][2] + at - runs[-1][0] if runs and runs[-1][1] == at else -1
        else:
            place = places[index]
            index += 1
        if place < 0 or page[place : place + 1] != char:
            continue
        if runs and runs[-1][1] == at and runs[-1][2] + at - runs[-1][0] == place:
            runs[-1] = (runs[-1][0], at + 1, runs[-1][2])
        else:
            runs.append((at, at + 1, place))
    return tuple(runs)


def _visible(page: str) -> tuple[str, array[int]]:
    """Give the page's characters outside its mark-up, without white space, and where each one stands."""
    shown: list[str] = []
    places = array("q")
    at = 0
    while at < len(page):
        start = page.find("<", at)
        _add(page, at, len(page) if start < 0 else start, shown, places)
        if start < 0:
            break
        at = _behind_tag(page, start)
    return "".join(shown), places


def _behind_tag(page: str, start: int) -> int:
    if page.startswith("<!--", start):
        end = page.find("-->", start + 4)
        return len(page) if end < 0 else end + 3
    end = page.find(">", start)
    if end < 0:
        return len(page)
    if hidden := _HIDDEN.match(page, start):
        close = re.compile(f"</{hidden.group(1)}", re.IGNORECASE).search(page, end)
        return len(page) if close is None else close.start()
    return end + 1


def _add(page: str, start: int, end: int, shown: list[str], places: array[int]) -> None:
    at = start
    while at < end:
        entity = _ENTITY.search(page, at, end)
        stop = entity.start() if entity else end
        for place in range(at, stop):
            char = page[place]
            if not char.isspace():
                shown.append(char)
                places.append(place)
        if entity is None:
            return
        for char in html.unescape(entity.group()):
            if not char.isspace():
                shown.append(char)
                places.append(entity.start())
        at = entity.end()
