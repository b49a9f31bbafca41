"""Near-duplicate articles of a corpus: reprints and reworkings of one story, so that counts can leave them out.

Two articles tell the same story where their sets of character 5-grams overlap by half (Jaccard). Candidates come from
MinHash with locality-sensitive hashing (Broder 1997; Indyk and Motwani 1998) of the package datasketch, and each is
measured exactly, so no pair below the bound is taken; one pair in 250 is missed at the bound, next to none above 0.6.
Every hash is seeded: the same articles in the same order give the same stories.

Memory: about 1 kB and 4 bytes a character for every article.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from msgspec import Struct, field

from finnlp_zh.errors import ConfigError, ResourceError
from finnlp_zh.types import Record

SIMILARITY: Final = 0.5
STORY_COLUMNS: Final = ("story", "doc_id", "published", "similarity", "novelty")
_GRAM: Final = 5  # characters
_PERMUTATIONS: Final = 128
_BANDS: Final = (42, 3)  # bands and rows: a pair is found with probability 1 - (1 - s^3)^42, 0.996 at s = 0.5
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio (Knuth)

Shingles = np.ndarray[Any, np.dtype[np.uint32]]


class Member(Struct):
    """One article of a story.

    ``similarity`` is the Jaccard overlap with its closest earlier article (0 for a story's first), ``novelty`` the
    share of its 5-grams that no earlier article of the story has (1 for the first).
    """

    doc_id: str
    published: str | None
    similarity: float
    novelty: float


class Story(Struct):
    """Articles that tell the same, the first one first."""

    members: list[Member] = field(default_factory=list)


def group(records: Iterable[Record], *, similarity: float = SIMILARITY) -> list[Story]:
    """Give the stories of a corpus, those of one article too, in the order of their first articles.

    Articles count as earlier by ``published``, undated ones last, then by their place in ``records``; each joins the
    story of its closest earlier article. Raises `ResourceError` where datasketch is not installed.
    """
    index = _Index(similarity)
    articles = [(record.doc_id, record.published, shingle(record.text)) for record in records]
    articles.sort(key=lambda article: article[1] or "9999")
    stories: list[Story] = []
    for doc_id, published, shingles in articles:
        place = index.place(shingles)
        if place.story == len(stories):
            stories.append(Story())
        stories[place.story].members.append(Member(doc_id, published, place.similarity, place.novelty))
    return stories


def story_rows(stories: Iterable[Story]) -> Iterator[dict[str, Any]]:
    """Give one flat row an article (`STORY_COLUMNS`); stories are numbered from 1."""
    for number, story in enumerate(stories, start=1):
        for member in story.members:
            yield {
                "story": number,
                "doc_id": member.doc_id,
                "published": member.published,
                "similarity": round(member.similarity, 4),
                "novelty": round(member.novelty, 4),
            }


def unique(records: Iterable[Record], *, similarity: float = SIMILARITY) -> Iterator[Record]:
    """Give the records without those that tell again what one before them told; lazily and in order.

    The first as they come is kept, whatever its date. Raises `ResourceError` where datasketch is not installed.
    """
    index = _Index(similarity)
    for record in records:
        if index.place(shingle(record.text)).is_new:
            yield record


def shingle(text: str) -> Shingles:
    """Give the distinct character 5-grams of a text as sorted 32-bit hashes.

    Width, case, white space and punctuation do not count, as reprints change them. A text of fewer than five
    characters is one gram; one without any letter or digit has none.
    """
    letters = [c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum()]
    if not letters:
        return np.zeros(0, np.uint32)
    points = np.frombuffer("".join(letters).encode("utf-32-le"), np.uint32).astype(np.uint64)
    width = min(_GRAM, len(points))
    hashes = np.zeros(len(points) - width + 1, np.uint64)
    for place in range(width):
        hashes = (hashes ^ points[place : place + len(hashes)]) * _MULTIPLIER
        hashes ^= hashes >> np.uint64(29)
    return np.unique((hashes >> np.uint64(32)).astype(np.uint32))


class _Place(Struct):
    story: int
    similarity: float
    novelty: float

    @property
    def is_new(self) -> bool:
        return self.similarity == 0.0


class _Index:
    """The articles seen so far; each belongs to one story."""

    def __init__(self, similarity: float) -> None:
        if not 0.4 <= similarity <= 1:  # below, the bands would miss too many
            raise ConfigError(f"similarity must lie between 0.4 and 1, not {similarity}")
        try:
            from datasketch import MinHash, MinHashLSH  # an extra
        except ImportError as error:
            raise ResourceError("same-story needs datasketch: pip install 'finnlp-zh[report]'") from error
        self._similarity = similarity
        self._empty = MinHash(_PERMUTATIONS, seed=1, hashfunc=int)
        self._near = MinHashLSH(num_perm=_PERMUTATIONS, params=_BANDS)
        self._articles: list[tuple[int, Shingles]] = []  # story, shingles
        self._members: list[list[int]] = []

    def place(self, shingles: Shingles) -> _Place:
        """Add an article, and give its story with its similarity and novelty."""
        story, similarity, novelty = len(self._members), 0.0, 1.0
        if len(shingles):
            sketch = self._empty.copy()
            sketch.update_batch(shingles.tolist())
            for near in sorted(self._near.query(sketch)):
                overlap = _jaccard(shingles, self._articles[near][1])
                if overlap >= self._similarity and overlap > similarity:
                    story, similarity = self._articles[near][0], overlap
            self._near.insert(len(self._articles), sketch, check_duplication=False)
        if story == len(self._members):
            self._members.append([])
        else:
            novelty = self._novelty(shingles, story)
        self._members[story].append(len(self._articles))
        self._articles.append((story, shingles))
        return _Place(story, similarity, novelty)

    def _novelty(self, shingles: Shingles, story: int) -> float:
        left = shingles
        for member in self._members[story]:
            left = np.setdiff1d(left, self._articles[member][1], assume_unique=True)
        return len(left) / len(shingles)


def _jaccard(first: Shingles, second: Shingles) -> float:
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / (len(first) + len(second) - common)
