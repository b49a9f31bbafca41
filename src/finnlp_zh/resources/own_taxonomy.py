"""The user's own taxonomy of themes: a TOML or JSON file of words, patterns and, if any, labelled sentences.

    [[themes]]
    id = "port_closure"
    name = "港口停摆"
    words = ["港口停摆", "码头停工"]         # each tells of the theme by itself
    patterns = ["@port [ 罢工|关闭 ]"]       # form: finnlp_zh.resources.phrases

    [classes]                              # word classes that the patterns name
    port = ["港口", "码头"]

    [[examples]]                           # optional: what a classifier learns from
    text = "台风过后，洋山港恢复作业。"
    themes = []                            # ids; none where the sentence tells of no theme

A theme takes words, patterns or both; without either it needs examples. ``finnlp train-taxonomy`` turns such a file
into a folder: the taxonomy as ``taxonomy.json`` and, where there were examples, the classifier as plain arrays in
``classifier.npz``, which is read without unpickling anything.
"""

from __future__ import annotations

import hashlib
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.phrases import PhraseBook, read_classes
from finnlp_zh.resources.risks import WORDS, Reading, RiskLexicon, RiskRule
from finnlp_zh.types import Theme

TAXONOMY: Final = "taxonomy.json"
CLASSIFIER: Final = "classifier.npz"
LONGEST_NGRAM: Final = 3
_WEIGHT: Final = 0.8
# What the status of a match is read from; the rest of the risk words belongs to the shipped themes.
_CONTEXT: Final = frozenset(
    {
        "negation", "immaterial", "mixed", "topic", "forbidden", "mitigate", "remedied", "hedge", "farhedge", "fact",
        "mask",
    }
)  # fmt: skip

Floats = NDArray[np.float32]


class OwnThemeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One theme: words that tell of it, patterns over word classes, and how often either is right by itself."""

    id: str
    name: str = ""
    definition: str = ""
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    status: Reading = "auto"
    weight: float = _WEIGHT


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One labelled sentence: the ids of all themes that it tells of."""

    text: str
    themes: tuple[str, ...]


class TaxonomyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in a taxonomy file."""

    themes: tuple[OwnThemeEntry, ...]
    classes: dict[str, tuple[str, ...]] = {}
    examples: tuple[Example, ...] = ()


class ThemeClassifier:
    """A logistic model over the character n-grams (1 to 3) of a sentence, one column a theme.

    Args:
        themes: Ids, in the order of the columns.
        ngrams: The known n-grams, their inverse document frequencies, and their weights ``(n_ngrams, n_themes)``.
        bias: Shape ``(n_themes,)``.
    """

    def __init__(
        self, themes: Sequence[str], ngrams: Sequence[str], idf: Floats, weights: Floats, bias: Floats
    ) -> None:
        self.themes = tuple(themes)
        self.ngrams = tuple(ngrams)
        self.idf, self.weights, self.bias = idf, weights, bias
        self._rows = {ngram: row for row, ngram in enumerate(self.ngrams)}

    def logits(self, sentence: str) -> Floats:
        """Give the log-odds of every theme, shape ``(n_themes,)``."""
        scale, rows = self._scaled(sentence)
        return self.bias + (scale @ self.weights[rows] if len(rows) else np.zeros_like(self.bias))

    def by_character(self, sentence: str, theme: int) -> Floats:
        """Give what every character adds to the theme's log-odds, shape ``(len(sentence),)``."""
        shares = np.zeros(len(sentence), np.float32)
        scale, rows = self._scaled(sentence)
        each = {row: float(value) for row, value in zip(rows, scale * self.weights[rows, theme], strict=True)}
        counts = dict(zip(*np.unique(self._found(sentence), return_counts=True), strict=True))
        for start, end in _windows(sentence):
            row = self._rows.get(sentence[start:end])
            if row is not None:
                shares[start:end] += each[row] / counts[row] / (end - start)
        return shares

    def _found(self, sentence: str) -> list[int]:
        known = self._rows
        return [known[ngram] for start, end in _windows(sentence) if (ngram := sentence[start:end]) in known]

    def _scaled(self, sentence: str) -> tuple[Floats, NDArray[np.intp]]:
        rows, counts = np.unique(np.array(self._found(sentence), np.intp), return_counts=True)
        values = ((1 + np.log(counts)) * self.idf[rows]).astype(np.float32)
        norm = float(np.linalg.norm(values))
        return (values / norm if norm else values), rows


class OwnTaxonomy:
    """A taxonomy ready for use: the themes, their rules compiled, and the classifier where one was trained.

    ``version`` changes with whatever the file or the classifier says.
    """

    def __init__(self, file: TaxonomyFile, classifier: ThemeClassifier | None = None) -> None:
        self.file = file
        self.themes = {theme.id: theme for theme in file.themes}
        self.classifier = classifier
        self.lexicon = _compile(file)
        digest = hashlib.sha256(msgspec.json.encode(file))
        if classifier is not None:
            digest.update(classifier.weights.tobytes() + classifier.bias.tobytes())
        self.version = digest.hexdigest()[:12]


def read_taxonomy(path: Path) -> OwnTaxonomy:
    """Read a taxonomy file (``.toml``, ``.json``) or the folder that ``finnlp train-taxonomy`` wrote.

    Raises `ResourceError` naming the file and the place in it that is wrong.
    """
    source = path / TAXONOMY if path.is_dir() else path
    file = read_taxonomy_file(source)
    trained = path / CLASSIFIER
    try:
        return OwnTaxonomy(file, read_classifier(trained, file) if path.is_dir() and trained.exists() else None)
    except ResourceError as error:
        raise error if str(path) in str(error) else ResourceError(f"{source}: {error}") from error


def read_taxonomy_file(path: Path) -> TaxonomyFile:
    """Read what stands in a taxonomy file, checked for sense. Raises `ResourceError` naming file and place."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ResourceError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        table = tomllib.loads(raw.decode("utf-8-sig")) if path.suffix.lower() == ".toml" else msgspec.json.decode(raw)
        file = msgspec.convert(table, TaxonomyFile)
    except UnicodeDecodeError as error:
        raise ResourceError(f"{path}: not UTF-8 at byte {error.start}: save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ResourceError(f"{path}: {error}") from error
    for complaint in _complaints(file):
        raise ResourceError(f"{path}: {complaint}")
    return file


def _complaints(file: TaxonomyFile) -> Iterator[str]:
    if not file.themes:
        yield "no themes: write at least one [[themes]] table with an id"
    known: set[str] = set()
    taught = {name for example in file.examples for name in example.themes}
    for theme in file.themes:
        if not theme.id.strip():
            yield "a theme's id is empty"
        if theme.id in known:
            yield f"theme {theme.id!r} stands there twice"
        known.add(theme.id)
        if not theme.words and not theme.patterns and theme.id not in taught:
            yield f"theme {theme.id!r} has no words, no patterns and no example: nothing could find it"
        yield from (f"theme {theme.id!r}: {complaint}" for complaint in _complaints_about(theme))
    for name, words in file.classes.items():
        if name in _CONTEXT or not words or not all(words):
            yield f"class {name!r}: " + ("the name is taken" if name in _CONTEXT else "has no words, or an empty one")
    for number, example in enumerate(file.examples, 1):
        if not example.text.strip():
            yield f"example {number}: the text is empty"
        for unknown in sorted(set(example.themes) - known):
            yield f"example {number}: no theme is called {unknown!r}"


def _complaints_about(theme: OwnThemeEntry) -> Iterator[str]:
    if not 0 < theme.weight < 1:
        yield f"weight {theme.weight} does not lie between 0 and 1"
    for word in theme.words:
        if not word or set(word) & set(" \t\n|[]+~") or word[0] in "@#":
            yield f"{word!r} is no word (no spaces or | [ ] + ~, no @ or # first); write a pattern"
    for pattern in theme.patterns:
        if not _is_pattern(pattern):
            yield f"pattern {pattern!r} needs words, and words inside its one pair of brackets"


def _is_pattern(pattern: str) -> bool:
    """Whether the pattern has an element, and its one pair of brackets, where there is one, holds an element."""
    tokens = pattern.replace("[", " [ ").replace("]", " ] ").split()
    brackets = [token for token in tokens if token in ("[", "]")]
    elements = [token not in ("[", "]", "~", "+") for token in tokens]
    if not any(elements) or brackets not in ([], ["[", "]"]):
        return False
    return not brackets or any(elements[tokens.index("[") : tokens.index("]")])


def _compile(file: TaxonomyFile) -> RiskLexicon:
    rules = [
        # The machinery of the risk rules carries any theme; its own fourteen are typed, these are the user's.
        RiskRule(cast(Theme, theme.id), theme.status, theme.weight, pattern)
        for theme in file.themes
        for pattern in (*theme.patterns, *(["|".join(theme.words)] if theme.words else []))
    ]
    own = {word for theme in file.themes for word in theme.words} | {
        word for words in file.classes.values() for word in words
    }
    classes = {name: list(words) for name, words in read_classes(WORDS).items() if name in _CONTEXT}
    # The shipped masks must not hide the user's own words.
    classes["mask"] = [mask for mask in classes["mask"] if not any(word in mask for word in own)]
    classes.update({name: list(words) for name, words in file.classes.items()})
    return RiskLexicon(tuple(rules), PhraseBook(classes, ((at, rule.pattern) for at, rule in enumerate(rules))))


def write_classifier(path: Path, classifier: ThemeClassifier) -> None:
    """Write the classifier as plain arrays (NumPy's npz)."""
    np.savez_compressed(
        path,
        themes=np.array(classifier.themes),
        ngrams=np.array(classifier.ngrams),
        idf=classifier.idf,
        weights=classifier.weights,
        bias=classifier.bias,
    )


def read_classifier(path: Path, file: TaxonomyFile) -> ThemeClassifier:
    """Read a classifier, nothing unpickled. Raises `ResourceError` where it is damaged or of another taxonomy."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            themes, ngrams = arrays["themes"].tolist(), arrays["ngrams"].tolist()
            idf, weights, bias = (arrays[name].astype(np.float32) for name in ("idf", "weights", "bias"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ResourceError(f"{path}: not a trained classifier ({error}): run finnlp train-taxonomy again") from error
    shapes = (idf.shape, weights.shape, bias.shape)
    if shapes != ((len(ngrams),), (len(ngrams), len(themes)), (len(themes),)):
        raise ResourceError(f"{path}: arrays do not fit each other: run finnlp train-taxonomy again")
    unknown = set(themes) - {theme.id for theme in file.themes}
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise ResourceError(f"{path}: trained for themes that the taxonomy lacks ({names}): train it again")
    return ThemeClassifier(themes, ngrams, idf, weights, bias)


def count_ngrams(sentence: str) -> Mapping[str, int]:
    """Give how often each character n-gram of the sentence stands in it."""
    counts: dict[str, int] = {}
    for start, end in _windows(sentence):
        ngram = sentence[start:end]
        counts[ngram] = counts.get(ngram, 0) + 1
    return counts


def _windows(sentence: str) -> Iterator[tuple[int, int]]:
    for start in range(len(sentence)):
        for end in range(start + 1, min(start + LONGEST_NGRAM, len(sentence)) + 1):
            yield start, end
