"""spaCy reads our documents: same text, exact spans, its own tools work on them."""

from __future__ import annotations

import re

import pytest

from finnlp_zh import types
from finnlp_zh.document import Document

spacy = pytest.importorskip("spacy")

pytestmark = pytest.mark.filterwarnings("ignore")

TEXT = "央行行长表示， 上半年贷款增长8%。\n不良率上升。"


@pytest.fixture
def document() -> Document:
    entity = types.Entity(
        "e1", "REGULATOR", "中国人民银行", "cn-gov:pbc", mentions=[types.Mention("m1", (0, 2), "央行", "alias")]
    )
    return Document(
        types.Record(
            "a",
            TEXT,
            sentences=[(0, 18), (19, 25)],
            tokens=[
                types.Token(0, 4, "NOUN"),
                types.Token(4, 6, "VERB"),
                types.Token(6, 7, "PUNCT"),
                types.Token(8, 11, "NOUN"),
            ],
            entities=[entity],
            quotes=[types.Quote("q1", "indirect", [(8, 17)], cue=(4, 6))],
            claims=[types.Claim("c1", (15, 17), "8%", "percent", 8.0, 8.0, "%")],
            risks=[types.Risk("credit", "realised", (19, 25), [(19, 24)])],
        )
    )


def test_text_and_spans_are_kept(document: Document) -> None:
    from finnlp_zh.interop.spacy import to_doc

    types.check(document.record)
    doc = to_doc(document)
    assert doc.text == TEXT
    assert [(span.text, span.label_, span.kb_id_) for span in doc.ents] == [("央行", "REGULATOR", "cn-gov:pbc")]
    assert [span.text for span in doc.spans["quotes"]] == ["上半年贷款增长8%"]
    assert [span.text for span in doc.spans["claims"]] == ["8%"]
    assert [span.text for span in doc.spans["risks"]] == ["不良率上升"]
    assert [sentence.text.strip() for sentence in doc.sents] == ["央行行长表示， 上半年贷款增长8%。", "不良率上升。"]
    assert doc._.finnlp is document


def test_displacy_and_docbin_take_it(document: Document) -> None:
    from spacy import displacy
    from spacy.tokens import DocBin

    from finnlp_zh.interop.spacy import to_doc

    doc = to_doc(document)
    assert "央行" in displacy.render(doc, style="ent", jupyter=False)
    for layer, words in (("quotes", "贷款增长"), ("claims", "8%"), ("risks", "不良率上升")):
        drawn = displacy.render(doc, style="span", options={"spans_key": layer}, jupyter=False)
        assert doc.spans[layer][0].label_ in drawn
        assert words in re.sub("<[^>]*>|\\s", "", drawn)
    (read,) = DocBin().from_bytes(DocBin(docs=[doc]).to_bytes()).get_docs(spacy.blank("zh").vocab)
    assert read.text == TEXT
    for layer in ("quotes", "claims", "risks"):
        kept = [(span.start_char, span.end_char, span.label_) for span in doc.spans[layer]]
        assert [(span.start_char, span.end_char, span.label_) for span in read.spans[layer]] == kept
    assert [(span.text, span.label_, span.kb_id_) for span in read.ents] == [("央行", "REGULATOR", "cn-gov:pbc")]
    assert [token.pos_ for token in read] == [token.pos_ for token in doc]


def test_component() -> None:
    import finnlp_zh.interop.spacy  # noqa: F401 - registers the factory

    nlp = spacy.blank("zh")
    nlp.add_pipe("finnlp_zh", config={"model": None})
    text = "东湖银行表示，前三季度净利润增长5%。"
    doc = nlp(text)
    assert doc.text == text
    assert [span.text for span in doc.spans["claims"]] == ["5%"]
    assert [found.text for found in nlp.pipe([text, "", text])] == [text, "", text]
