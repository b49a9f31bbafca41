"""Breaks a whole article as a page in columns does when its text is taken out, and keeps the truth."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Broken:
    """The lines of a broken page, and which line goes on in which: (line, line, characters repeated)."""

    lines: list[str]
    joints: set[tuple[int, int]] = field(default_factory=set)


def break_article(paragraphs: list[str], subheads: list[str], rng: random.Random) -> Broken:
    """Cut an article into columns at random places, set some of them in the wrong order, repeat or lose characters.

    Subheads stand between paragraphs as on a printed page. A cut falls inside a paragraph, ten characters from its
    ends at least. One cut in eight repeats one to three characters; one in eight loses a half, or what
    stood around the cut.
    """
    stream: list[tuple[str, bool]] = [(text, True) for text in paragraphs]
    for subhead in subheads:
        stream.insert(rng.randrange(2, len(stream)), (subhead, False))
    blocks: list[list[tuple[str, int]]] = [[]]  # (text, number of the paragraph's fragment)
    links: dict[int, int] = {}
    number = 0
    for text, may_break in stream:
        if may_break and len(text) >= 50 and rng.random() < 0.25:
            place = rng.randrange(10, len(text) - 10)
            head, tail = text[:place], text[place:]
            # A cut behind a full stop looks like the end of a paragraph: no one could tell, so none is asked for.
            if head[-1] in "。！？；：”）》" or tail[0] in "\u3000 ":
                blocks[-1].append((text, number))
                number += 1
                continue
            fate = rng.random()
            if fate < 0.125 and head[-3:].isalpha():
                tail = head[-rng.randrange(1, 4) :] + tail
            if fate < 0.875:
                links[number] = number + 1
            elif fate > 0.96 and len(head) > 30 and len(tail) > 40:
                head, tail = head[: -rng.randrange(5, 15)].rstrip("。！？；：”）》"), tail[rng.randrange(5, 20) :]
            elif fate > 0.92:
                head = ""
            else:
                tail = ""
            blocks[-1].append((head, number))
            blocks.append([(tail, number + 1)])
            number += 2
        else:
            blocks[-1].append((text, number))
            number += 1
    _shuffle(blocks, rng)
    lines = [(text, fragment) for block in blocks for text, fragment in block if text]
    place_of = {fragment: place for place, (_, fragment) in enumerate(lines)}
    joints = {(place_of[head], place_of[tail]) for head, tail in links.items()}
    return Broken([text for text, _ in lines], joints)


def _shuffle(blocks: list[list[tuple[str, int]]], rng: random.Random) -> None:
    """Swap neighbouring blocks as two columns are read in the wrong order; the first stays."""
    place = 1
    while place + 1 < len(blocks):
        if rng.random() < 0.5:
            blocks[place], blocks[place + 1] = blocks[place + 1], blocks[place]
            place += 1
        place += 1
