"""Foreign analysers: their real loading code, on tiny models made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from finnlp_zh.encoder.backends import Analysis, Named, Overlay, open_backend
from finnlp_zh.encoder.backends.base import align, map_entity, map_pos, pieces
from finnlp_zh.encoder.decode import decode_spans
from finnlp_zh.encoder.features import Features
from finnlp_zh.errors import ConfigError, ResourceError
from finnlp_zh.types import Token

TEXT = "央行表示，贷款增长。\n东湖银行行长林晓表示，上海贷款增长。"
CHARACTERS = "".join(dict.fromkeys(TEXT.replace("\n", "")))


@pytest.mark.parametrize("spec", ["word2vec", "spacy", "hanlp:", "transformers", ""])
def test_unknown_backend(spec: str) -> None:
    with pytest.raises(ConfigError, match="no backend is called"):
        open_backend(spec)


@pytest.mark.parametrize("kind", ["spacy", "hanlp", "transformers"])
def test_missing_weights_name_the_remedy(kind: str, tmp_path: Path) -> None:
    pytest.importorskip({"transformers": "torch"}.get(kind, kind))
    with pytest.raises(ResourceError, match=r"install|give the folder|download"):
        open_backend(f"{kind}:{tmp_path / 'nothing'}")


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        ("ORGANIZATION", "ORG"),
        ("nt", "ORG"),
        ("GPE", "LOC"),
        ("PER", "PERSON"),
        ("government", "REGULATOR"),
        ("DATE", None),
    ],
)
def test_entity_labels_map(foreign: str, ours: str | None) -> None:
    assert map_entity(foreign) == ours


@pytest.mark.parametrize(
    ("foreign", "ours"), [("VV", "VERB"), ("nr", "PROPN"), ("vshi", "VERB"), ("NOUN", "NOUN"), ("", None)]
)
def test_tags_map(foreign: str, ours: str | None) -> None:
    assert map_pos(foreign) == ours


def test_pieces_leave_nothing_out() -> None:
    text = "银行，" * 300 + "\n\n" + "贷款" * 300
    spans = list(pieces(text, longest=100))
    assert all(0 < end - start <= 100 for start, end in spans)
    assert "".join(text[start:end] for start, end in spans).replace("\n", "") == text.replace("\n", "")


def test_align_gives_one_span_a_word() -> None:
    assert align("央行 表示", ["央行", "改写", "表示"]) == [(0, 2), (2, 2), (3, 5)]


class Fixed:
    id = "fixed"

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis

    def analyse(self, texts: list[str]) -> list[Analysis]:
        return [self._analysis for _ in texts]


class Base:
    id = "base"

    def encode(self, texts: list[str]) -> list[Features]:
        return [Features({"cue": np.ones((len(text), 3), np.float32)}, {"cue": ("O", "B", "I")}) for text in texts]


def test_overlay_is_read_back_as_it_was_given() -> None:
    names = [Named(0, 2, "REGULATOR"), Named(11, 15, "ORG"), Named(15, 17, "TITLE"), Named(17, 19, "PERSON")]
    words = [Token(0, 2, "PROPN"), Token(2, 4, "VERB"), Token(4, 5, "PUNCT")]
    overlay = Overlay(Base(), segmenter=Fixed(Analysis(words=words)), ner=Fixed(Analysis(entities=names)))
    (features,) = overlay.encode([TEXT])
    assert "cue" in features
    found = decode_spans(features.logits["entities"], features.labels["entities"])
    assert [(span.start, span.end, span.label) for span in found] == names
    assert overlay.id == "base segmenter=fixed ner=fixed"


def test_a_layer_without_opinion_is_left_alone() -> None:
    overlay = Overlay(None, ner=Fixed(Analysis(words=[Token(0, 2)])))
    (features,) = overlay.encode([TEXT])
    assert "entities" not in features


def test_jieba() -> None:
    pytest.importorskip("jieba")
    (analysis,) = open_backend("jieba").analyse([TEXT])
    assert analysis.words is not None
    assert "".join(TEXT[word.start : word.end] for word in analysis.words) == TEXT.replace("\n", "")
    assert {word.pos for word in analysis.words} >= {"VERB", "PUNCT"}
    assert analysis.entities is None


@pytest.mark.filterwarnings("ignore")
def test_spacy(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    nlp = spacy.blank("zh")
    nlp.add_pipe("entity_ruler").add_patterns(
        [{"label": "GPE", "pattern": "上海"}, {"label": "DATE", "pattern": "央行"}]
    )
    nlp.to_disk(tmp_path / "zh")
    (analysis,) = open_backend(f"spacy:{tmp_path / 'zh'}").analyse([TEXT])
    assert analysis.words is not None
    assert len(analysis.words) == len(TEXT) - 1
    assert analysis.entities == [Named(22, 24, "LOC")]


@pytest.mark.filterwarnings("ignore")
def test_transformers(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CHARACTERS]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
    transformers.BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=32, id2label={0: "O", 1: "B-ORG", 2: "I-ORG", 3: "B-DATE"},
    )  # fmt: skip
    transformers.BertForTokenClassification(config).save_pretrained(tmp_path)
    (analysis, blank) = open_backend(f"transformers:{tmp_path}").analyse([TEXT * 5, " \n"])
    assert analysis.entities is not None
    for name in analysis.entities:
        assert name.label == "ORG"
        assert 0 <= name.start < name.end <= 5 * len(TEXT)
    assert blank.entities == []


@pytest.fixture(scope="module")
def hanlp_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real multi-task component (words and names) over a random encoder, trained for one epoch on three sentences."""
    pytest.importorskip("hanlp")
    import torch
    import transformers
    from hanlp.common.dataset import SortingSamplerBuilder
    from hanlp.components.mtl.multi_task_learning import MultiTaskLearning
    from hanlp.components.mtl.tasks.ner.tag_ner import TaggingNamedEntityRecognition
    from hanlp.components.mtl.tasks.tok.tag_tok import TaggingTokenization
    from hanlp.layers.embeddings.contextual_word_embedding import ContextualWordEmbedding

    root = tmp_path_factory.mktemp("hanlp")
    encoder = root / "encoder"
    encoder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CHARACTERS]
    (encoder / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
    transformers.BertTokenizer(str(encoder / "vocab.txt")).save_pretrained(encoder)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=512,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(encoder)
    words, names = root / "words.txt", root / "names.tsv"
    words.write_text("央行 表示 ， 贷款 增长 。\n东湖银行 行长 林晓 表示 。\n上海 贷款 增长 。\n", "utf-8")
    rows = [("央行", "S-ORGANIZATION"), ("表示", "O"), ("。", "O"), None, ("林晓", "S-PERSON"), ("表示", "O"), None]
    names.write_text("".join("\n" if row is None else "\t".join(row) + "\n" for row in rows) * 2, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        # HanLP 2.1.5 asks for an optimiser that transformers 5 no longer has; it is only needed for training.
        optimiser = lambda params, lr=1e-3, **_: torch.optim.AdamW(params, lr=lr)  # noqa: E731
        patch.setattr("transformers.optimization.AdamW", optimiser, raising=False)
        batches = SortingSamplerBuilder(batch_size=2)
        tasks = {
            "tok": TaggingTokenization(*[str(words)] * 3, batches, max_seq_len=100, lr=1e-3),
            "ner": TaggingNamedEntityRecognition(*[str(names)] * 3, batches, lr=1e-3, dependencies="tok"),
        }
        embedding = ContextualWordEmbedding("token", str(encoder), average_subwords=True, max_sequence_length=128)
        MultiTaskLearning().fit(embedding, tasks, str(root / "model"), 1, devices=-1, eval_trn=False)
    return root / "model"


@pytest.mark.filterwarnings("ignore")
def test_hanlp(hanlp_folder: Path) -> None:
    backend = open_backend(f"hanlp:{hanlp_folder}")
    assert "classpath" in json.loads((hanlp_folder / "config.json").read_text("utf-8"))
    (analysis, blank) = backend.analyse([TEXT, " "])
    assert analysis.words
    assert "".join(TEXT[word.start : word.end] for word in analysis.words) == TEXT.replace("\n", "")
    assert analysis.entities is not None
    starts = {word.start for word in analysis.words}
    for name in analysis.entities:
        assert name.start in starts
        assert name.label in {"ORG", "PERSON"}
    assert blank == Analysis()
