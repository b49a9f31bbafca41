"""Every stage can be asked for alone: what it needs comes with it."""

from __future__ import annotations

import pytest

from finnlp_zh.loading import ON_REQUEST, STAGES, load


@pytest.mark.parametrize("stage", [name for name in (*STAGES, *ON_REQUEST) if name != "themes"])  # themes need a file
def test_a_stage_brings_what_it_needs(stage: str) -> None:
    names = [built.name for built in load(None, stages=[stage]).stages]
    assert stage in names
    assert names[0] == "segmentation"
