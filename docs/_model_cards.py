"""Gives the site a page for each shipped model: the card that lies beside its weights, with its pictures."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    config.nav.append({"Models": [{name: f"models/{name}.md"} for name in _cards(config)]})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name, card in _cards(config).items():
        files.append(File.generated(config, f"models/{name}.md", abs_src_path=str(card)))
        for picture in card.parent.glob("*.svg"):
            files.append(File.generated(config, f"models/{picture.name}", abs_src_path=str(picture)))
    return files


def _cards(config: MkDocsConfig) -> dict[str, Path]:
    """The card of each model's newest version."""
    found = Path(config.config_file_path).parent.glob("models/*/*/MODEL_CARD.md")
    return {card.parts[-3]: card for card in sorted(found, key=lambda card: int(card.parts[-2]))}
