"""Chinese financial-news NLP: entities, quotes, numeric claims, stance and risks, exact to the character.

>>> import finnlp_zh
>>> nlp = finnlp_zh.load()                                                    # doctest: +SKIP
>>> doc = nlp("证监会有关负责人表示，前三季度立案调查案件超过300起。")          # doctest: +SKIP
>>> doc.quotes[0].speaker.name                                                # doctest: +SKIP
'有关负责人'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finnlp_zh.document import Document
    from finnlp_zh.engine import annotate, annotate_to
    from finnlp_zh.errors import ConfigError, FinnlpError, InputError, ModelError, ResourceError, StageError
    from finnlp_zh.loading import load
    from finnlp_zh.pipeline import Pipeline
    from finnlp_zh.types import Record

__version__ = "0.1.0"

# Name → module. Resolved on first use, so that `import finnlp_zh` costs next to nothing.
_PUBLIC = {
    "Document": "finnlp_zh.document",
    "annotate": "finnlp_zh.engine",
    "annotate_to": "finnlp_zh.engine",
    "ConfigError": "finnlp_zh.errors",
    "FinnlpError": "finnlp_zh.errors",
    "InputError": "finnlp_zh.errors",
    "ModelError": "finnlp_zh.errors",
    "ResourceError": "finnlp_zh.errors",
    "StageError": "finnlp_zh.errors",
    "load": "finnlp_zh.loading",
    "Pipeline": "finnlp_zh.pipeline",
    "Record": "finnlp_zh.types",
}

__all__ = [  # noqa: RUF022 - grouped
    "load", "annotate", "annotate_to", "Document", "Pipeline", "Record",
    "FinnlpError", "InputError", "ConfigError", "ResourceError", "ModelError", "StageError",
    "__version__",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'finnlp_zh' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
