"""A user's own taxonomy: read with clear errors, found in context, trained into plain arrays, run on request only."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from finnlp_zh.cli.taxonomy import train_taxonomy_command
from finnlp_zh.encoder.features import Features
from finnlp_zh.errors import ConfigError, ResourceError
from finnlp_zh.loading import load
from finnlp_zh.resources.own_taxonomy import (
    CLASSIFIER,
    OwnTaxonomy,
    OwnThemeEntry,
    TaxonomyFile,
    read_taxonomy,
    read_taxonomy_file,
)
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.risks.own import OwnThemeStage
from finnlp_zh.training import taxonomy as training
from finnlp_zh.types import OwnTheme, Record, check

PORTS = """
[[themes]]
id = "port_closure"
name = "港口停摆"
words = ["码头停工", "港口停摆"]
patterns = ["@port [ 罢工|关闭|封闭 ]"]

[[themes]]
id = "freight"
name = "运价"
patterns = ["运价 ~ [ 飙升|暴涨 ]"]
weight = 0.9

[classes]
port = ["港口", "码头", "洋山港"]
"""
EXAMPLES = """
[[examples]]
text = "码头工人走上街头，装卸全面停顿。"
themes = ["port_closure"]
[[examples]]
text = "工人罢工令该港装卸停顿三日。"
themes = ["port_closure"]
[[examples]]
text = "受罢工影响，集装箱装卸停顿。"
themes = ["port_closure"]
[[examples]]
text = "公司上半年净利润增长。"
themes = []
[[examples]]
text = "董事会通过分红方案。"
themes = []
[[examples]]
text = "央行开展逆回购操作。"
themes = []
[[examples]]
text = "新船在本月交付船东。"
themes = []
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ports.toml"
    path.write_text(PORTS, "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "taught.toml"
    path.write_text(PORTS + EXAMPLES, "utf-8")
    training.train_taxonomy(path, tmp_path / "trained")
    return tmp_path / "trained"


def record_of(text: str) -> Record:
    return Record("own", text, sentences=split_sentences(text))


def themes_of(stage: OwnThemeStage, text: str) -> list[OwnTheme]:
    record = record_of(text)
    [layer] = stage.predict([record], [Features()])
    assert isinstance(layer.own_themes, list)
    record.own_themes = layer.own_themes
    check(record)
    return layer.own_themes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("台风来袭，洋山港宣布关闭。", ("port_closure", "realised", "关闭")),
        ("工会警告，港口可能罢工。", ("port_closure", "potential", "罢工")),
        ("当地政府出手避免码头停工。", ("port_closure", "mitigated", "码头停工")),
        ("红海局势紧张，集装箱运价一周内飙升。", ("freight", "realised", "飙升")),
    ],
)
def test_themes_are_found_in_context(file: Path, text: str, expected: tuple[str, str, str]) -> None:
    [theme] = themes_of(OwnThemeStage(file), text)
    assert (theme.theme, theme.status, text[slice(*theme.evidence[0])]) == expected


@pytest.mark.parametrize("text", ["港口没有罢工。", "洋山港吞吐量增长。", "运价回落。", ""])
def test_nothing_is_found_where_nothing_is_told(file: Path, text: str) -> None:
    assert themes_of(OwnThemeStage(file), text) == []


def test_shipped_masks_do_not_hide_own_words(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"themes": [{"id": "venture", "words": ["投资"]}]}), "utf-8")
    assert [theme.theme for theme in themes_of(OwnThemeStage(path), "该基金专注风险投资。")] == ["venture"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("[[themes]", "ports.toml: "),
        ("themes = []", "no themes"),
        ('[[themes]]\nid = "a"', "no words, no patterns and no example"),
        ('[[themes]]\nid = "a"\nwords = ["涨"]\n[[themes]]\nid = "a"\nwords = ["跌"]', "'a' stands there twice"),
        ('[[themes]]\nid = "a"\nwords = ["涨 停"]', "'涨 停' is no word"),
        ('[[themes]]\nid = "a"\nwords = ["涨"]\nweight = 1.5', "weight 1.5"),
        ('[[themes]]\nid = "a"\npatterns = ["@none 涨"]', "no word class is called @none"),
        ('[[themes]]\nid = "a"\npatterns = ["[ ] 涨"]', "brackets"),
        ('[[themes]]\nid = "a"\nwords = ["涨"]\nsynonyms = ["跌"]', "synonyms"),
        ('[[themes]]\nid = "a"\nwords = ["涨"]\n[classes]\nmask = ["跌"]', "the name is taken"),
        ('[[themes]]\nid = "a"\nwords = ["涨"]\n[[examples]]\ntext = "好"\nthemes = ["b"]', "example 1: no theme"),
    ],
)
def test_errors_name_file_and_place(tmp_path: Path, change: str, complaint: str) -> None:
    path = tmp_path / "ports.toml"
    path.write_text(change, "utf-8")
    with pytest.raises(ResourceError) as caught:
        read_taxonomy(path)
    assert complaint in str(caught.value)
    assert "ports.toml" in str(caught.value)


def test_absent_file_and_absent_taxonomy(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="cannot be read"):
        read_taxonomy(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="needs a taxonomy"):
        OwnThemeStage()
    with pytest.raises(ConfigError, match="needs a taxonomy"):
        load(None, stages=["themes"])


def test_the_classifier_finds_what_no_word_names(folder: Path) -> None:
    text = "消息传来，港区装卸停顿，船只排队。"
    [theme] = themes_of(OwnThemeStage(folder), text)
    assert theme.theme == "port_closure"
    assert "停顿" in text[slice(*theme.evidence[0])]
    assert themes_of(OwnThemeStage(folder), "公司净利润增长，董事会通过分红方案。") == []


def test_arrays_say_what_scikit_learn_says(tmp_path: Path) -> None:
    path = tmp_path / "taught.toml"
    path.write_text(PORTS + EXAMPLES, "utf-8")
    file = read_taxonomy_file(path)
    classifier = training.train_classifier(file)
    texts = [example.text for example in file.examples]
    labels = np.array(["port_closure" in example.themes for example in file.examples])
    vectors, rows = training._vectorise(texts)
    model = training._model().fit(rows, labels)
    other = "罢工令装卸停顿，停顿。"
    expected = [*model.decision_function(rows), *model.decision_function(vectors.transform([other]))]
    assert np.allclose([classifier.logits(text)[0] for text in [*texts, other]], expected, atol=1e-4)
    added = classifier.by_character(other, 0).sum() + classifier.bias[0]
    assert added == pytest.approx(float(classifier.logits(other)[0]), abs=1e-4)


def test_a_trained_folder_reads_back_and_changes_the_version(file: Path, folder: Path) -> None:
    trained, plain = read_taxonomy(folder), read_taxonomy(file)
    assert trained.classifier is not None
    assert trained.classifier.themes == ("port_closure",)
    assert OwnThemeStage(trained).version != OwnThemeStage(plain).version
    assert OwnThemeStage(folder).version == OwnThemeStage(trained).version


def test_a_damaged_or_foreign_classifier_is_refused(folder: Path) -> None:
    (folder / CLASSIFIER).write_bytes(b"PK nonsense")
    with pytest.raises(ResourceError, match="train-taxonomy again"):
        read_taxonomy(folder)
    np.savez(folder / CLASSIFIER, themes=np.array([object()], dtype=object))
    with pytest.raises(ResourceError, match="train-taxonomy again"):
        read_taxonomy(folder)


def test_too_few_examples_are_told(tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    path.write_text(PORTS + '[[examples]]\ntext = "港口罢工"\nthemes = ["port_closure"]\n', "utf-8")
    with pytest.raises(ConfigError, match="1 examples carry it and 0 do not"):
        training.train_taxonomy(path, tmp_path / "trained")
    assert not (tmp_path / "trained").exists()


def test_command_and_pipeline(tmp_path: Path) -> None:
    path = tmp_path / "taught.toml"
    path.write_text(PORTS + EXAMPLES, "utf-8")
    app = typer.Typer()
    app.command()(train_taxonomy_command)
    result = CliRunner().invoke(app, [str(path), "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert str(tmp_path / "out") in result.stdout
    doc = load(None, stages=["segmentation"], taxonomy=tmp_path / "out")("洋山港宣布关闭。")
    assert isinstance(doc.record.own_themes, list)
    assert [theme.theme for theme in doc.record.own_themes] == ["port_closure"]
    assert "own_themes" not in json.loads(load(None, stages=["segmentation"])("洋山港宣布关闭。").to_json())


PIECES = ["港口", "码头停工", "罢工", "关闭", "运价", "飙升", "没有", "可能", "避免", "，", "。", "\n", "涨", " "]
TAXONOMY = OwnTaxonomy(
    TaxonomyFile(
        (
            OwnThemeEntry("port", words=("码头停工",), patterns=("港口|码头 [ 罢工|关闭 ]",)),
            OwnThemeEntry("rise", words=("涨",)),
        )
    )
)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@settings(max_examples=100, deadline=None)
def test_any_text_gives_sound_and_equal_answers(text: str) -> None:
    stage = OwnThemeStage(TAXONOMY)
    assert themes_of(stage, text) == themes_of(stage, text)


@pytest.mark.parametrize("unit", ["港口罢工，", "港口罢工", "港口", "涨", "码头停工，", "没有港口关闭。"])
def test_takes_linear_time(folder: Path, unit: str) -> None:
    stage = OwnThemeStage(folder)

    def seconds(size: int) -> float:
        record = record_of((unit * size)[:size])
        started = time.process_time()
        stage.predict([record], [Features()])
        return time.process_time() - started

    assert seconds(40_000) < 8 * seconds(10_000) + 0.5
