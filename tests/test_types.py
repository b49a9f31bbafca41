"""The record: written whole, read leniently, checked to the character."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finnlp_zh import types
from finnlp_zh.errors import InputError


@pytest.fixture
def record() -> types.Record:
    text = "央行：上半年贷款增加超过10亿元"
    bank = types.Entity("e1", "REGULATOR", "中国人民银行", mentions=[types.Mention("m1", (0, 2), "央行", "alias")])
    speaker = types.Speaker("m1", (0, 2), "e1", named=True, source_class="official")
    quote = types.Quote("q1", "indirect", [(3, 15)], cue=(2, 3), speaker=speaker)
    claim = types.Claim("c1", (10, 16), "超过10亿元", "money", low=1e9, unit="CNY", modifier="over", source="q1")
    return types.Record("a", text, entities=[bank], quotes=[quote], claims=[claim])


def test_round_trip(record: types.Record) -> None:
    assert types.decode(types.encode(record)) == record


def test_every_key_is_written(record: types.Record) -> None:
    written = json.loads(types.encode(record))
    assert written["schema"] == "finnlp-zh/1"
    assert set(written) == set(types.Record.__struct_fields__) - types.ON_REQUEST
    assert set(written["quotes"][0]) == set(types.Quote.__struct_fields__)
    assert written["published"] is None
    assert written["claims"][0]["high"] is None


def test_spans_are_pairs_and_tokens_triples() -> None:
    record = types.Record("a", "银行", tokens=[types.Token(0, 2, "NOUN")], sentences=[(0, 2)])
    written = json.loads(types.encode(record))
    assert written["tokens"] == [[0, 2, "NOUN"]]
    assert written["sentences"] == [[0, 2]]


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (b"{", "truncated"),
        (b'{"doc_id": "a"}', "text"),
        (b'{"doc_id": "a", "text": "b", "schema": "other/2"}', "schema"),
        (
            b'{"doc_id": "a", "text": "b", "entities": [{"id": "e1", "type": "FIRM", "name": "b"}]}',
            "entities[0].type",
        ),
    ],
)
def test_decode_says_where(line: bytes, where: str) -> None:
    with pytest.raises(InputError) as caught:
        types.decode(line)
    assert where in str(caught.value)


def test_check_accepts_a_true_record(record: types.Record) -> None:
    types.check(record)


def test_check_finds_a_wrong_surface(record: types.Record) -> None:
    record.entities[0].mentions[0].span = (1, 3)
    with pytest.raises(InputError, match=r"a: entities e1 m1: \[1, 3\) shows '行：', not '央行'"):
        types.check(record)


def test_check_finds_a_span_outside(record: types.Record) -> None:
    record.quotes[0].content = [(3, 99)]
    with pytest.raises(InputError, match=r"quotes q1: span \[3, 99\) lies outside"):
        types.check(record)


@pytest.mark.parametrize("field", ["affiliation", "speaker", "source"])
def test_check_finds_a_dangling_reference(record: types.Record, field: str) -> None:
    if field == "affiliation":
        record.entities[0].affiliation = "e9"
    elif field == "speaker":
        assert record.quotes[0].speaker is not None
        record.quotes[0].speaker.mention = "m9"
    else:
        record.claims[0].source = "q9"
    with pytest.raises(InputError, match="names nothing"):
        types.check(record)


def test_fields_on_request_are_written_once_filled(record: types.Record) -> None:
    record.policy = [types.PolicyTone((0, 15), "easing", True, "e1", [(6, 8)])]
    record.stances = [types.EntityStance("e1", "neutral")]
    record.own_themes = []
    written = json.loads(types.encode(record))
    assert set(written) == set(types.Record.__struct_fields__)
    assert types.decode(types.encode(record)) == record
    types.check(record)


@pytest.mark.parametrize("field", sorted(types.ON_REQUEST))
def test_check_covers_fields_on_request(record: types.Record, field: str) -> None:
    far = (0, 99)
    record.policy = [types.PolicyTone((0, 15), "easing", True, evidence=[far if field == "policy" else (0, 2)])]
    record.stances = [types.EntityStance("e1", "neutral", evidence=[far if field == "stances" else (0, 2)])]
    record.own_themes = [types.OwnTheme("a", "realised", far if field == "own_themes" else (0, 2))]
    with pytest.raises(InputError, match=rf"a: {field}.*\[0, 99\) lies outside"):
        types.check(record)


def test_check_finds_an_unknown_body_or_entity(record: types.Record) -> None:
    record.policy = [types.PolicyTone((0, 15), "easing", True, "e9")]
    with pytest.raises(InputError, match="policy body: 'e9' names nothing"):
        types.check(record)
    record.policy = []
    record.stances = [types.EntityStance("e9", "critical")]
    with pytest.raises(InputError, match="stances: 'e9' names nothing"):
        types.check(record)


def test_records_keep_the_json_schema(record: types.Record) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = types.json_schema()
    assert set(schema["$defs"]["Record"]["properties"]) == set(types.Record.__struct_fields__)
    written = json.loads(types.encode(record))
    jsonschema.validate(written, schema)
    del written["published"]
    with pytest.raises(jsonschema.ValidationError, match="'published' is a required property"):
        jsonschema.validate(written, schema)


def test_read_records_from_file_or_folder(record: types.Record, tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(types.encode(record) + b"\n\n" + types.encode(record) + b"\n")
    assert list(types.read_records(path)) == list(types.read_records(tmp_path)) == [record, record]


def test_unreadable_line_is_named(record: types.Record, tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(types.encode(record) + b"\n\n{broken\n")
    with pytest.raises(InputError, match=r"records\.jsonl:3: not a finnlp-zh/1 record"):
        list(types.read_records(path))
    with pytest.raises(InputError, match="cannot be read"):
        list(types.read_records(tmp_path / "absent.jsonl"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"holds no records\.jsonl; make it with finnlp annotate"):
        list(types.read_records(tmp_path / "empty"))
