"""Train the classifier of a user's own taxonomy: logistic models over character n-grams, one a theme.

Term frequencies count by their logarithm and are weighed by inverse document frequency, as scikit-learn does it; the
model is kept as plain arrays (`resources.own_taxonomy.ThemeClassifier`), so that using it needs no scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from finnlp_zh.errors import ConfigError
from finnlp_zh.evaluation.metrics import f1
from finnlp_zh.resources.own_taxonomy import (
    CLASSIFIER,
    TAXONOMY,
    Example,
    OwnTaxonomy,
    TaxonomyFile,
    ThemeClassifier,
    count_ngrams,
    read_taxonomy_file,
    write_classifier,
)

_LEAST: Final = 2  # examples with a theme, and without it
_FOLDS: Final = 5
_STRENGTH: Final = 10.0  # the inverse of the penalty: few sentences, many n-grams
_MOST_NGRAMS: Final = 50_000


class ThemeReport(NamedTuple):
    """How a theme's classifier did on examples that it was not trained on (cross-validation)."""

    theme: str
    positives: int
    examples: int
    f1: float


def train_taxonomy(source: Path, folder: Path) -> list[ThemeReport]:
    """Write the taxonomy file ``source`` into ``folder``, ready for use, with a classifier where it has examples.

    Gives one report a theme that has examples. Raises `ResourceError` where the file is wrong, `ConfigError` where the
    examples do not suffice or scikit-learn is missing.
    """
    file = read_taxonomy_file(source)
    classifier = train_classifier(file) if file.examples else None
    reports = [] if classifier is None else cross_validate(file, classifier.themes)
    OwnTaxonomy(file, classifier)  # compiles the patterns: a broken one is told before anything is written
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TAXONOMY).write_bytes(msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n")
    if classifier is None:
        (folder / CLASSIFIER).unlink(missing_ok=True)
    else:
        write_classifier(folder / CLASSIFIER, classifier)
    return reports


def train_classifier(file: TaxonomyFile) -> ThemeClassifier:
    """Fit one logistic model for each theme that any example names. Raises `ConfigError` where examples are too few."""
    themes = [theme.id for theme in file.themes if any(theme.id in example.themes for example in file.examples)]
    if not themes:
        raise ConfigError("no example carries a theme: label some, or leave the examples out")
    for theme in themes:
        _check_enough(theme, _labels(file.examples, theme))
    vectors, rows = _vectorise([example.text for example in file.examples])
    models = [_model().fit(rows, _labels(file.examples, theme)) for theme in themes]
    ngrams = vectors.get_feature_names_out().tolist()
    weights = np.stack([model.coef_[0] for model in models], axis=1).astype(np.float32)
    bias = np.array([model.intercept_[0] for model in models], np.float32)
    return ThemeClassifier(themes, ngrams, vectors.idf_.astype(np.float32), weights, bias)


def cross_validate(file: TaxonomyFile, themes: Sequence[str]) -> list[ThemeReport]:
    """Score each theme's classifier on held-out folds of the examples, up to five."""
    texts = np.array([example.text for example in file.examples], object)
    reports = []
    for theme in themes:
        labels = _labels(file.examples, theme)
        folds = _sklearn("model_selection").StratifiedKFold(
            min(_FOLDS, int(labels.sum()), int((~labels).sum())), shuffle=True, random_state=0
        )
        found = np.zeros(len(labels), bool)
        for train, test in folds.split(texts, labels):
            vectors, rows = _vectorise(texts[train].tolist())
            found[test] = _model().fit(rows, labels[train]).predict(vectors.transform(texts[test]))
        score = f1(int((found & labels).sum()), int(found.sum()), int(labels.sum()))
        reports.append(ThemeReport(theme, int(labels.sum()), len(labels), score))
    return reports


def _labels(examples: Sequence[Example], theme: str) -> NDArray[np.bool_]:
    return np.array([theme in example.themes for example in examples])


def _check_enough(theme: str, labels: NDArray[np.bool_]) -> None:
    carrying, others = int(labels.sum()), int((~labels).sum())
    if carrying < _LEAST or others < _LEAST:
        raise ConfigError(
            f"theme {theme!r}: {carrying} examples carry it and {others} do not; at least {_LEAST} of each are due"
        )


def _vectorise(texts: Sequence[str]) -> tuple[Any, Any]:
    """Give the fitted vectoriser and its sparse rows, one a text."""
    vectoriser = _sklearn("feature_extraction.text").TfidfVectorizer(
        analyzer=_ngrams, sublinear_tf=True, max_features=_MOST_NGRAMS, lowercase=False
    )
    return vectoriser, vectoriser.fit_transform(texts)


def _ngrams(text: str) -> list[str]:
    return [ngram for ngram, count in count_ngrams(text).items() for _ in range(count)]


def _model() -> Any:
    return _sklearn("linear_model").LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=1000)


def _sklearn(name: str) -> Any:
    try:
        return import_module(f"sklearn.{name}")
    except ImportError as error:
        raise ConfigError("training a taxonomy needs scikit-learn: pip install 'finnlp-zh[torch]'") from error
