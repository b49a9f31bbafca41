"""The house keeps its shape: imports run one way, and importing the package costs next to nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "finnlp_zh"

# A room may import the rooms of its own floor's rank or lower, never of a higher one.
RANKS = {
    "types": 0,
    "errors": 0,
    "files": 0,
    "resources": 1,
    "segmentation": 1,
    "encoder": 1,
    "reading": 1,
    "rows": 1,
    "stages": 2,
    "document": 2,
    "pipeline": 3,
    "loading": 3,
    "engine": 4,
    "distributed": 5,
    "report": 5,
    "evaluation": 5,
    "training": 5,
    "interop": 5,
    "service": 6,
    "cli": 7,
    "__main__": 8,
}
# The engine writes Parquet tables when asked to; the import is late, and the tables know nothing of the engine.
ALLOWED = {("engine", "interop")}


def _room(path: Path) -> str:
    relative = path.relative_to(SOURCE)
    return relative.parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "finnlp_zh":
            rooms |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("finnlp_zh."):
            rooms.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            rooms |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("finnlp_zh.")}
    return rooms


@pytest.mark.parametrize(
    "path", [p for p in sorted(SOURCE.rglob("*.py")) if p.parent != SOURCE or p.name != "__init__.py"], ids=str
)
def test_imports_run_down(path: Path) -> None:
    room = _room(path)
    for other in _imports(path):
        assert other in RANKS, f"{path}: {other} has no rank here; give it one"
        assert RANKS[other] <= RANKS[room] or (room, other) in ALLOWED, (
            f"{path}: {room} imports {other}, which is above"
        )


def test_no_stage_imports_another() -> None:
    for path in sorted((SOURCE / "stages").rglob("*.py")):
        own = path.relative_to(SOURCE / "stages").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("finnlp_zh.stages."):
                other = str(node.module).split(".")[2]
                assert other in {own, "base"}, f"{path} imports the stage {other}"


def test_import_is_light() -> None:
    code = (
        "import sys, time; start = time.perf_counter(); import finnlp_zh; seconds = time.perf_counter() - start; "
        "heavy = {'torch', 'transformers', 'spacy', 'hanlp', 'ray', 'onnxruntime', 'numpy'} & set(sys.modules); "
        "assert not heavy, heavy; assert seconds < 0.3, seconds"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_public_names_resolve() -> None:
    import finnlp_zh

    for name in finnlp_zh.__all__:
        assert getattr(finnlp_zh, name) is not None
    with pytest.raises(AttributeError):
        _ = finnlp_zh.nothing
