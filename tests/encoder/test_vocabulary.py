"""Character ids and the words that cover them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from finnlp_zh.encoder.vocabulary import CLS, SEP, SPECIAL, UNK, Vocabulary, read_vocabulary, write_vocabulary

VOCABULARY = Vocabulary(
    (*SPECIAL, "▁", "中", "国", "人", "民", "银", "行", ",", "%", "1"),
    (("中国", -6.0), ("人民", -7.0), ("银行", -6.0), ("人民银行", -9.0), ("国人", -20.0)),
)


def test_full_width_marks_are_read_as_their_plain_form() -> None:
    ids, _, _ = VOCABULARY.encode("，％１中")
    assert ids.tolist() == [12, 13, 14, 6]


def test_blank_newline_and_unknown() -> None:
    ids, words, places = VOCABULARY.encode(" \n😀")
    assert ids.tolist() == [5, SEP, UNK]
    assert not words.any()
    assert not places.any()


def test_the_likeliest_words_cover_the_text() -> None:
    _, words, places = VOCABULARY.encode("中国人民银行1")
    assert words.tolist() == [1, 1, 4, 4, 4, 4, 0]
    assert places.tolist() == [1, 3, 1, 2, 2, 3, 0]


def test_frame_adds_the_edge_tokens() -> None:
    frame = VOCABULARY.frame("中国")
    assert frame.characters.tolist() == [CLS, 6, 7, SEP]
    assert frame.words.tolist() == [0, 1, 1, 0]


@settings(deadline=None)
@given(st.text(max_size=40))
def test_one_id_a_code_point(text: str) -> None:
    ids, words, places = VOCABULARY.encode(text)
    assert len(ids) == len(words) == len(places) == len(text)
    assert ((words > 0) == (places > 0)).all()


def test_lone_surrogate_is_unknown() -> None:
    assert VOCABULARY.encode("\ud800")[0].tolist() == [UNK]


def test_files_round_trip(tmp_path) -> None:
    write_vocabulary(VOCABULARY, tmp_path / "v", tmp_path / "w")
    assert read_vocabulary(tmp_path / "v", tmp_path / "w") == VOCABULARY
