"""The notebooks hold no outputs and run from top to bottom."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")

FOLDER = Path(__file__).parents[2] / "notebooks"
NEEDS = {"voices": ("datasketch", "pandas"), "figures": ("duckdb", "pandas", "pyarrow"), "train": ("torch", "onnx")}
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

# Kernels and their messages warn about their own futures.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_all_are_here() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["figures", "quick_start", "train", "voices"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_outputs_are_kept(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    for package in NEEDS.get(path.stem, ("pandas",)):
        pytest.importorskip(package)
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
