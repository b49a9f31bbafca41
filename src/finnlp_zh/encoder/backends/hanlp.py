"""HanLP 2: a saved multi-task or single-task component (Apache-2.0 code; its models carry licences of their own)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finnlp_zh.encoder.backends.base import Analysis, Named, align, map_entity, map_pos, pieces
from finnlp_zh.errors import ResourceError
from finnlp_zh.types import Span, Token

_LONGEST = 400  # characters a call; HanLP's own limit counts subwords
_WORDS = ("tok/fine", "tok", "tok/coarse")
_POS = ("pos/ctb", "pos/pku", "pos", "pos/863")
_NAMES = ("ner/ontonotes", "ner/msra", "ner/pku", "ner")


class HanlpBackend:
    """Words, parts of speech and names out of a HanLP multi-task model, or words out of a tokenizer.

    HanLP loads its weights itself, with ``torch.load``: give it only folders that you trust. Nothing is downloaded.

    Args:
        folder: A saved component: the folder with ``config.json`` and the weights.
    """

    def __init__(self, folder: str) -> None:
        if not any((Path(folder) / name).is_file() for name in ("config.json", "meta.json")):
            raise ResourceError(
                f"no HanLP component in {folder}: download one (its page of pretrained models names them), unpack it, "
                "and give the folder that holds its config.json"
            )
        try:
            import hanlp
        except ImportError as error:
            raise ResourceError("the HanLP backend needs hanlp: pip install 'finnlp-zh[hanlp]'") from error
        self._component = hanlp.load(folder)
        self.id = f"hanlp {hanlp.__version__} {Path(folder).name}"

    def analyse(self, texts: Sequence[str]) -> list[Analysis]:
        """Give whatever layers the component has; long texts are cut at line ends and punctuation and read whole."""
        return [self._analyse(text) for text in texts]

    def _analyse(self, text: str) -> Analysis:
        spans = list(pieces(text, longest=_LONGEST))
        if not spans:
            return Analysis()
        output = self._component([text[start:end] for start, end in spans])
        layers = output if isinstance(output, dict) else {"tok": output}
        tokens = _first(layers, _WORDS)
        if tokens is None:
            return Analysis()
        words = [align(text[:end], row, start) for row, (start, end) in zip(tokens, spans, strict=True)]
        return Analysis(_words(words, _first(layers, _POS)), _names(text, words, _first(layers, _NAMES)))


def _first(layers: dict[str, Any], names: Sequence[str]) -> Any:
    return next((layers[name] for name in names if name in layers), None)


def _words(rows: Sequence[Sequence[Span]], tags: Sequence[Sequence[str]] | None) -> list[Token]:
    return [
        Token(start, end, map_pos(tags[number][index]) if tags is not None else None)
        for number, row in enumerate(rows)
        for index, (start, end) in enumerate(row)
        if start < end
    ]


def _names(text: str, rows: Sequence[Sequence[Span]], named: Sequence[Sequence[Any]] | None) -> list[Named] | None:
    """HanLP gives (surface, label, first token, token behind the last) a name, counted within its piece."""
    if named is None:
        return None
    found = []
    for row, names in zip(rows, named, strict=True):
        for _, foreign, first, behind in names:
            label = map_entity(foreign)
            if label is not None and behind <= len(row):
                found.append(Named(row[first][0], row[behind - 1][1], label))
    return found
