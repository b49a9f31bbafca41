"""The fuzzed targets on what the fuzzer has kept, and on what hypothesis thinks of: quick, and in every run."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FOLDER = Path(__file__).parents[2] / "fuzz"
KEPT = sorted(path for path in (FOLDER / "corpus").glob("*/*"))


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_targets", FOLDER / "targets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


targets = _load()
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_kept_inputs_keep_every_promise(path: Path) -> None:
    targets.TARGETS[path.parent.name](path.read_bytes())


def test_something_of_every_kind_is_kept() -> None:
    assert {path.parent.name for path in KEPT} >= {"read", "annotate"}
    read = [targets.read(path.read_bytes()) for path in KEPT if path.parent.name == "read"]
    assert sum(map(bool, read)) >= 10, "the seeds of the formats are read as articles"


@given(st.text(max_size=40))
def test_spelt_text_comes_back(text: str) -> None:
    spelt = text.encode("utf-8", "replace").decode()
    assert targets.text_of(targets.spell(spelt)) == spelt


@some
@given(st.binary(max_size=400))
def test_any_bytes_are_read_in_any_format(data: bytes) -> None:
    targets.read(data)


@some
@given(st.binary(max_size=60))
def test_any_text_is_read_in_any_format(data: bytes) -> None:
    targets.read_spelt(data)


@some
@given(st.binary(max_size=60))
def test_any_text_is_annotated(data: bytes) -> None:
    targets.annotate(data)


@settings(some, max_examples=15)
@given(st.binary(max_size=40))
def test_any_text_is_annotated_with_the_model(data: bytes) -> None:
    targets.annotate_with_model(data)


@settings(some, max_examples=30)
@given(st.binary(max_size=3_000), st.sampled_from(sorted((FOLDER / "corpus" / "read").glob("*"))), st.data())
def test_files_with_a_changed_stretch_are_read(noise: bytes, path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    start = data.draw(st.integers(1, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    targets.read(whole[:start] + noise[: end - start] + whole[end:])
