"""The pages say what is there: their links lead somewhere, and the cookbook's blocks run."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from finnlp_zh.cli import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
SESSION = re.compile(r"^```pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PACKAGES = {"duckdb", "spacy", "datasets", "datasketch", "pyarrow", "trafilatura"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "http" not in text.replace("httpx", "")
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (page.parent / target).exists(), target
    assert f": {page.relative_to(DOCS).as_posix()}\n" in (ROOT / "mkdocs.yml").read_text("utf-8")


def test_every_command_is_told_of() -> None:
    told = (ROOT / "docs" / "cli.md").read_text("utf-8")
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert [name for name in commands if f"`{name}" not in told] == []


def test_every_field_is_told_of() -> None:
    from finnlp_zh.types import Claim, Entity, Mention, Quote, Record, Risk, Speaker

    told = (ROOT / "docs" / "record.md").read_text("utf-8")
    structs = (Record, Entity, Mention, Quote, Speaker, Claim, Risk)
    fields = {name for struct in structs for name in struct.__struct_fields__}
    assert sorted(name for name in fields if f"`{name}`" not in told) == []


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```pycon" in page.read_text("utf-8")], ids=lambda page: page.stem
)
def test_examples_give_what_they_say(page: Path) -> None:
    told: list[str] = []
    for number, session in enumerate(SESSION.findall(page.read_text("utf-8"))):
        example = doctest.DocTestParser().get_doctest(session, {}, f"{page.name} {number}", str(page), 0)
        assert example.examples
        doctest.DocTestRunner().run(example, out=told.append)
    assert "".join(told) == ""


@pytest.mark.slow
def test_site_builds(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stderr
    assert "Reliability" in (tmp_path / "models" / "small" / "index.html").read_text("utf-8")
    fetched = re.compile(r"""<(?:script|link|img)[^>]+(?:src|href)=["'](?:https?:)?//""")
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 15
    assert [page for page in pages if fetched.search(page.read_text("utf-8"))] == []


@pytest.mark.slow
def test_cookbook_runs(tmp_path: Path) -> None:
    for package in PACKAGES:
        pytest.importorskip(package)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": programs, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    blocks = BLOCK.findall((ROOT / "docs" / "cookbook.md").read_text("utf-8"))
    assert len(blocks) >= 14
    for language, block in blocks:
        command = ["bash", "-euo", "pipefail", "-c", block] if language == "bash" else [sys.executable, "-c", block]
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False)
        assert run.returncode == 0, f"{block}\n{run.stdout}\n{run.stderr}"
        assert run.stdout.strip() or run.stderr.strip() or ">" in block, block
