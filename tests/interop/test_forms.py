"""Record → form → record keeps what the form can hold; no doc_id leads out of the folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner

from finnlp_zh.cli.convert import convert_command
from finnlp_zh.errors import InputError
from finnlp_zh.interop.brat import read_brat, to_standoff, write_brat
from finnlp_zh.interop.conllu import read_conllu, to_conllu, write_conllu
from finnlp_zh.interop.doccano import from_example, read_doccano, to_example, write_doccano
from finnlp_zh.interop.files import doc_id_of, path_for
from finnlp_zh.interop.label_studio import (
    from_task,
    labelling_configuration,
    read_label_studio,
    to_task,
    write_label_studio,
)
from finnlp_zh.interop.markup import Link, Mark, Markup, mark_up, read_markup
from finnlp_zh.rows import ROWS
from finnlp_zh.types import Record, check, encode, read_records

# The module stands beside this file, and pytest puts no folder of tests on the path.
sys.path.insert(0, str(Path(__file__).parent))
from full_article import TEXT, canonical, full_record, span

SHARED = Path(__file__).parents[2].parent / "shared"

Form = tuple[Callable[[list[Record], Path], int], Callable[[Path], Iterator[Record]], str, tuple[str, ...]]
# How to write and read it, the name to write to, and the fields it has no place for.
FORMS: dict[str, Form] = {
    "brat": (write_brat, read_brat, "brat", ("published", "title")),
    "label-studio": (write_label_studio, read_label_studio, "tasks.json", ()),
    "doccano": (write_doccano, read_doccano, "articles.jsonl", ("title",)),
}


def test_example_is_a_record() -> None:
    check(full_record())


@pytest.mark.parametrize("name", FORMS)
def test_round_trip(name: str, tmp_path: Path) -> None:
    write, read, target, lost = FORMS[name]
    records = [full_record(), full_record("other"), Record("empty/of labels", "没有标注。")]
    assert write(records, tmp_path / target) == 3
    found = {record.doc_id: record for record in read(tmp_path / target)}
    assert {key: canonical(record, *lost) for key, record in found.items()} == {
        record.doc_id: canonical(record, *lost) for record in records
    }


@pytest.mark.shared
@pytest.mark.parametrize("name", FORMS)
def test_round_trip_of_labelled_articles(name: str, tmp_path: Path) -> None:
    gold = SHARED / "gold" / "dev.jsonl"
    if not gold.exists():
        pytest.skip("no labelled articles here")
    write, read, target, lost = FORMS[name]
    records = list(read_records(gold))
    write(records, tmp_path / target)
    found = {record.doc_id: canonical(record, *lost) for record in read(tmp_path / target)}
    for record in records:
        # A line break alone between two fragments is the one thing that brat loses.
        if name != "brat" or not any("\n" in record.text[s:e] for q in record.quotes for s, e in q.content):
            assert found[record.doc_id] == canonical(record, *lost)


def test_conllu_round_trip(tmp_path: Path) -> None:
    records = [full_record(), Record("no-layers", "第一句。\n第二句 有空格。", sentences=[(0, 4)])]
    assert write_conllu(records, tmp_path / "a.conllu") == 2
    full, plain = read_conllu(tmp_path / "a.conllu")
    for name in ("doc_id", "text", "published", "sentences", "tokens"):
        assert getattr(full, name) == getattr(records[0], name), name
    for found, kept in zip(full.entities, records[0].entities, strict=True):
        assert (found.type, found.name, found.kb_id) == (kept.type, kept.name, kept.kb_id)
        assert [(m.span, m.text, m.kind) for m in found.mentions] == [(m.span, m.text, m.kind) for m in kept.mentions]
    assert plain.text == records[1].text
    assert plain.sentences == [(0, 4), (5, 13)]


@given(st.text("银行 \t\n\r|\\%a　📈。", max_size=40), st.data())
def test_conllu_gives_the_text_back(text: str, data: st.DataObject) -> None:
    if not text.strip():
        return
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=4)) | {0, len(text)})
    tokens = [[a, b, "X"] for a, b in pairwise(cuts)]
    record = msgspec.convert({"doc_id": "a", "text": text, "tokens": tokens}, Record)
    lines = to_conllu(record)
    assert all(line == "" or line.startswith("#") or len(line.split("\t")) == 10 for line in lines.split("\n"))
    assert _read_back(lines).text.rstrip() == text.rstrip()


def _read_back(lines: str) -> Record:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.conllu"
        path.write_bytes(lines.encode())
        return next(read_conllu(path))


def test_conllu_package_reads_it() -> None:
    conllu = pytest.importorskip("conllu")
    sentences = conllu.parse(to_conllu(full_record()))
    assert len(sentences) == 4
    assert sentences[0].metadata["newdoc id"] == "2026/bank#1"
    assert sentences[0][0]["misc"]["NER"] == "B-ORG"
    assert sentences[0][1]["misc"]["NER"] == "I-ORG"
    assert sentences[0].metadata["text"] == "东湖银行上半年净利增长"


def test_conllu_says_where_a_row_is_short(tmp_path: Path) -> None:
    path = tmp_path / "bad.conllu"
    path.write_text("# newdoc id = a\n1\t银行\n\n", "utf-8")
    with pytest.raises(InputError, match=r"bad.conllu:2: 2 columns"):
        list(read_conllu(path))


HOSTILE = (
    *(
        "../../outside",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a/../../b",
        "..\\..\\b",
        "C:\\x",
        "a\x00b",
        "a\nb",
        ".hidden",
        "a//b",
    ),
    *("%2e%2e/%2e%2e", "长" * 300, "a/" + "b" * 400, "end.", "end ", "/", "con:aux*?", "~/x", "\u202egpj"),
)


@pytest.mark.parametrize("doc_id", HOSTILE)
def test_no_doc_id_leaves_the_folder(doc_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "er" / "out"
    write_brat([Record(doc_id, "正文。")], folder)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 3
    assert all(path.resolve().is_relative_to(folder.resolve()) for path in written)
    assert [record.text for record in read_brat(folder)] == ["正文。"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_doc_ids_come_back(doc_id: str) -> None:
    folder = Path("/out")
    path = path_for(folder, doc_id, ".ann")
    assert ".." not in path.parts
    assert path.is_relative_to(folder)
    assert doc_id_of(folder, path) == doc_id


def test_two_articles_cannot_share_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two records have this doc_id"):
        write_brat([Record("a", "一"), Record("a", "二")], tmp_path)


def test_failed_export_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[Record]:
        yield full_record()
        raise InputError("the file ends here")

    for write, name in ((write_label_studio, "a.json"), (write_doccano, "a.jsonl"), (write_conllu, "a.conllu")):
        with pytest.raises(InputError, match="ends here"):
            write(broken(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_standoff_stays_on_one_line_each() -> None:
    lines = to_standoff(full_record()).splitlines()
    quote = next(line for line in lines if "\tQUOTE " in line)
    assert quote.split("\t")[1].count(";") == 1  # the content runs over a line break
    assert all(line[0] in "TRA#" for line in lines)


def test_brat_labels_of_a_person(tmp_path: Path) -> None:
    text = "央行表示，物价平稳。"
    (tmp_path / "a.txt").write_text(text, "utf-8")
    (tmp_path / "a.ann").write_text(
        "T1\tREGULATOR 0 2\t央行\nT2\tCUE 2 4\t表示\nT3\tQUOTE 5 9\t物价平稳\nT4\tMOOD 5 7\t物价\n"
        "R1\tSpeaker Arg1:T3 Arg2:T1\t\nR2\tCue Arg1:T3 Arg2:T2\t\n*\tEquiv T1 T4\nA1\tstance T3 neutral\n",
        "utf-8",
    )
    (record,) = read_brat(tmp_path)
    (quote,) = record.quotes
    assert quote.speaker is not None
    assert (quote.speaker.span, quote.speaker.entity, quote.speaker.named) == ((0, 2), "e1", True)
    assert (quote.cue, quote.stance and quote.stance.label) == ((2, 4), "neutral")
    assert record.warnings == ["labels that no layer has were left out: MOOD"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("T1\tORG 0 99\t央行", "lies outside the text"),
        ("T1\tORG x 2\t央行", r"a\.ann:1: not a standoff"),
        ("T1\tCLAIM 0 2\t央行", "has no kind"),
        ("T1\tRISK 0 2\t央行", "has no theme"),
        ("T1\tORG 0 2\t央行\nR1\tSame Arg1:T1 Arg2:T9", "which is no mark"),
        ("T1\tQUOTE 0 2\t央行\nA1\tstance T1 angry", "do not fit the schema"),
        ("T1\tORG 0 2\t央行\n#1\tAnnotatorNotes T1\t{broken", r"a\.ann:2"),
    ],
)
def test_brat_says_what_is_wrong(lines: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("央行表示", "utf-8")
    (tmp_path / "a.ann").write_text(lines + "\n", "utf-8")
    with pytest.raises(InputError, match=message):
        list(read_brat(tmp_path))


def test_rings_of_same_are_one_entity() -> None:
    marks = [Mark(f"T{n}", "ORG", [(n, n + 1)]) for n in range(3)]
    links = [Link("Same", "T0", "T1"), Link("Same", "T1", "T2"), Link("Same", "T2", "T0")]
    record = read_markup("a", "甲乙丙", Markup(marks, links))
    assert [len(entity.mentions) for entity in record.entities] == [3]


def test_label_studio_takes_the_last_annotation() -> None:
    task = to_task(full_record())
    region: dict[str, Any] = {"id": "x", "from_name": "label", "to_name": "text", "type": "labels"}
    region["value"] = {"start": 0, "end": 4, "text": TEXT[:4], "labels": ["ORG"]}
    task["annotations"] = [
        {"result": task["predictions"][0]["result"]},
        {"result": [region]},
        {"result": [], "was_cancelled": True},
    ]
    record = from_task(task)
    assert [mention.text for entity in record.entities for mention in entity.mentions] == ["东湖银行"]
    assert not record.quotes


def test_label_studio_offsets_are_code_points() -> None:
    results = to_task(full_record())["predictions"][0]["result"]
    for result in results:
        if "value" in result:
            assert TEXT[result["value"]["start"] : result["value"]["end"]] == result["value"]["text"]


def test_label_studio_configuration_names_every_control() -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(labelling_configuration())
    names = {element.get("name") for element in root.iter() if element.get("name")}
    results = to_task(full_record())["predictions"][0]["result"]
    assert {result["from_name"] for result in results if "from_name" in result} <= names
    relations = {element.get("value") for element in root.iter("Relation")}
    assert {label for result in results for label in result.get("labels", [])} <= relations
    labels = {element.get("value") for element in root.iter("Label")}
    assert {mark.label for mark in mark_up(full_record()).marks} <= labels


@pytest.mark.filterwarnings("ignore")
def test_label_studio_itself_takes_tasks_and_configuration() -> None:
    # Its SDK asks for OpenCV and an older numpy, so that the development environment goes without it.
    label_interface = pytest.importorskip("label_studio_sdk.label_interface", exc_type=ImportError)
    interface = label_interface.LabelInterface(labelling_configuration())
    task = to_task(full_record())
    (prediction,) = task["predictions"]
    assert interface.validate_task({"data": task["data"]})
    assert interface.validate_prediction(prediction)
    assert interface.validate_annotation(prediction)
    prediction["result"][0]["from_name"] = "no control of ours"
    assert not interface.validate_prediction(prediction)


def test_label_studio_says_which_task(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"data": {"text": "央行"}}, {"id": 7}]', "utf-8")
    with pytest.raises(InputError, match="task 2 cannot be read"):
        list(read_label_studio(path))


def test_doccano_takes_plain_triples_and_nested_meta() -> None:
    triples = {"id": 3, "text": "央行加息2%", "label": [[0, 2, "REGULATOR"], [4, 6, "CLAIM:percent"]]}
    record = from_example(triples)
    assert record.doc_id == "example#3"
    assert record.entities[0].name == "央行"
    assert (record.claims[0].kind, record.claims[0].text) == ("percent", "2%")
    example = to_example(full_record())
    nested = {"text": example.pop("text"), "entities": example.pop("entities"), "relations": example.pop("relations")}
    assert canonical(from_example({**nested, "meta": example}), "title") == canonical(full_record(), "title")


def test_doccano_forgets_the_values_of_moved_spans() -> None:
    example = to_example(full_record())
    moved = next(item for item in example["entities"] if item["label"] == "CLAIM:money")
    moved["start_offset"] += 1
    claim = from_example(example).claims[0]
    assert (claim.text, claim.kind, claim.low) == ("2.5亿元", "money", None)


@pytest.mark.parametrize("form", ["conllu", "brat", "label-studio", "doccano"])
def test_command(form: str, tmp_path: Path) -> None:
    app = Typer()
    app.command()(convert_command)
    records = tmp_path / "records.jsonl"
    records.write_bytes(encode(full_record()) + b"\n")
    there, back = tmp_path / "form.out", tmp_path / "back.jsonl"
    run = CliRunner().invoke(app, [str(records), "-o", str(there), "--to", form], catch_exceptions=False)
    assert run.output == f"1 articles in {there}\n"
    CliRunner().invoke(app, [str(there), "-o", str(back), "--from", form], catch_exceptions=False)
    (record,) = read_records(back)
    assert [(m.span, m.text) for e in record.entities for m in e.mentions] == [
        (m.span, m.text) for e in full_record().entities for m in e.mentions
    ]
    assert record.entities[0].mentions[1].span == span("东湖银行", 2)
    wrong = CliRunner().invoke(app, [str(records), "-o", str(there)])
    assert "either --to FORM" in str(wrong.exception)


def test_command_writes_tables(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    app = Typer()
    app.command()(convert_command)
    (tmp_path / "records.jsonl").write_bytes(encode(full_record()) + b"\n")
    run = CliRunner().invoke(app, [str(tmp_path), "-o", str(tmp_path / "t"), "--to", "parquet"], catch_exceptions=False)
    assert "1 articles" in run.output
    assert {path.stem for path in (tmp_path / "t").glob("*.parquet")} == set(ROWS)
    assert json.loads((tmp_path / "records.jsonl").read_bytes())["doc_id"] == "2026/bank#1"
