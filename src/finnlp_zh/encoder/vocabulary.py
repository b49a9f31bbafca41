"""What the encoder reads: one character id a code point, and the common word that covers the character.

Characters are looked up after NFKC. The words come from a unigram model (Kudo 2018, arXiv:1804.10959): the most
likely split of the text into known words and single characters says which word each character stands in.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import ahocorasick
import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]

PAD: Final = 0
UNK: Final = 1
CLS: Final = 2
SEP: Final = 3
MASK: Final = 4
SPACE: Final = "▁"
SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

# Log probability of a character that no known word covers: below that of the rarest known word's half.
_SINGLE: Final = -11.0
_CODE_POINTS: Final = 0x110000
# Where the character stands in its word.
ALONE: Final = 0
FIRST: Final = 1
MIDDLE: Final = 2
LAST: Final = 3


class Frame(NamedTuple):
    """A window's ids between the two edge tokens, each of shape (length + 2,)."""

    characters: Ids
    words: Ids
    places: Ids


@dataclass(frozen=True)
class Vocabulary:
    """The characters (id = place in the list) and the words with their unigram log probabilities (id from 1)."""

    characters: tuple[str, ...]
    words: tuple[tuple[str, float], ...]

    def frame(self, text: str) -> Frame:
        """Give the window's ids as the encoder reads them."""
        characters, words, places = self.encode(text)
        framed = np.empty(len(text) + 2, np.int64)
        framed[0], framed[1:-1], framed[-1] = CLS, characters, SEP
        return Frame(framed, np.pad(words, 1), np.pad(places, 1))

    def encode(self, text: str) -> tuple[Ids, Ids, Ids]:
        """Give (character ids, word ids, places in the word), each of shape ``(len(text),)``.

        A word id of 0 means that no known word covers the character.
        """
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        characters = self._table[codes].astype(np.int64)
        words, places = self._cover(text)
        return characters, words, places

    @cached_property
    def _table(self) -> NDArray[np.uint16]:
        ids = {character: number for number, character in enumerate(self.characters)}
        ids |= dict.fromkeys(" \t\u3000\xa0", ids.get(SPACE, UNK)) | dict.fromkeys("\n\r", SEP)
        table = np.full(_CODE_POINTS, UNK, np.uint16)
        for code in range(0x10000):
            character = chr(code)
            number = ids.get(character)
            if number is None:
                normal = unicodedata.normalize("NFKC", character)
                number = ids.get(normal) or ids.get(normal[:1], UNK)
            table[code] = number
        return table

    @cached_property
    def _automaton(self) -> Any:
        automaton = ahocorasick.Automaton()
        for number, (word, score) in enumerate(self.words, start=1):
            automaton.add_word(word, (len(word), score, number))
        automaton.make_automaton()
        return automaton

    def _cover(self, text: str) -> tuple[Ids, Ids]:
        words, places = np.zeros(len(text), np.int64), np.zeros(len(text), np.int64)
        if not self.words:
            return words, places
        best = [0.0] * (len(text) + 1)
        link: list[tuple[int, int]] = [(1, 0)] * (len(text) + 1)
        reached = 0
        for last, (length, score, number) in self._automaton.iter(text):
            end = last + 1
            # Positions up to this match's end are reached by single characters unless a word does better.
            while reached < end:
                best[reached + 1] = best[reached] + _SINGLE
                reached += 1
            total = best[end - length] + score
            if total > best[end]:
                best[end], link[end] = total, (length, number)
        at = reached
        while at > 0:
            length, number = link[at]
            if number:
                start = at - length
                words[start:at] = number
                places[start:at] = MIDDLE
                places[start], places[at - 1] = FIRST, LAST
            at -= length
        return words, places


def read_vocabulary(characters: Path, words: Path) -> Vocabulary:
    """Read ``vocab.txt`` (one character a line) and ``words.tsv`` (word, log probability)."""
    lines = characters.read_text(encoding="utf-8").rstrip("\n").split("\n")
    rows = [line.split("\t") for line in words.read_text(encoding="utf-8").splitlines() if line]
    return Vocabulary(tuple(lines), tuple((word, float(score)) for word, score in rows))


def write_vocabulary(vocabulary: Vocabulary, characters: Path, words: Path) -> None:
    """Write what `read_vocabulary` reads."""
    characters.write_text("".join(f"{character}\n" for character in vocabulary.characters), encoding="utf-8")
    words.write_text("".join(f"{word}\t{score:.4f}\n" for word, score in vocabulary.words), encoding="utf-8")
