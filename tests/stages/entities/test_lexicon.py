"""The user's own names: how a file is read, and that they are found and win."""

from __future__ import annotations

from pathlib import Path

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.lexicon import LexiconEntry, parse_lexicon, read_lexicon
from finnlp_zh.stages.entities import EntityStage
from finnlp_zh.types import Record


def test_reads_forms_types_and_ids(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text("# own names\n星河数科\torg\tmy:1\n\n远山计划\tPOLICY\n", "utf-8")
    assert read_lexicon(path) == [LexiconEntry("星河数科", "ORG", "my:1"), LexiconEntry("远山计划", "POLICY", None)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("星河数科", "1 fields"),
        ("星河数科\tORG\tmy:1\tmore", "4 fields"),
        ("\tORG", "form is empty"),
        ("星河数科\tFIRM", "'FIRM' is no entity type"),
    ],
)
def test_tells_what_is_wrong_and_where(line: str, message: str) -> None:
    with pytest.raises(ResourceError, match=r"names\.tsv:2") as caught:
        parse_lexicon(["# own names", line], "names.tsv")
    assert message in str(caught.value)


def test_refuses_two_meanings_of_one_form() -> None:
    with pytest.raises(ResourceError, match="stands there twice"):
        parse_lexicon(["星河\tORG\ta", "星河\tLOC\tb"], "names.tsv")


def test_tells_missing_and_undecodable_files(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="cannot be read"):
        read_lexicon(tmp_path / "none.tsv")
    path = tmp_path / "gbk.tsv"
    path.write_bytes("星河\tORG".encode("gb18030"))
    with pytest.raises(ResourceError, match="not UTF-8"):
        read_lexicon(path)


def test_own_names_are_found_and_win() -> None:
    stage = EntityStage(lexicon=[LexiconEntry("美国云", "ORG", "my:7"), LexiconEntry("美云", "ORG", "my:7")])
    layer = stage.predict([Record("own", "美国云发布新品，美云股价上涨，美国市场反应平淡。")], [Features()])[0]
    assert isinstance(layer.entities, list)
    found = {entity.name: (entity.type, entity.kb_id, [m.text for m in entity.mentions]) for entity in layer.entities}
    assert found == {"美国云": ("ORG", "my:7", ["美国云", "美云"]), "美国": ("LOC", None, ["美国"])}


def test_a_path_is_read(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text("阿尔法七号\tORG\tmy:2\n", "utf-8")
    layer = EntityStage(lexicon=path).predict([Record("own", "昨日，阿尔法七号停运。")], [Features()])[0]
    assert isinstance(layer.entities, list)
    assert [(entity.name, entity.kb_id) for entity in layer.entities] == [("阿尔法七号", "my:2")]
