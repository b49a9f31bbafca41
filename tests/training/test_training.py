"""Training from our own labelled articles: two steps, resumed exactly, exported, loaded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from finnlp_zh.encoder import load
from finnlp_zh.encoder.heads import HEADS
from finnlp_zh.errors import ConfigError
from finnlp_zh.training import package
from finnlp_zh.training.config import Configuration, read_configuration
from finnlp_zh.training.corpora import AUXILIARY, document_of, read_columns, read_conllu, spans_of
from finnlp_zh.training.documents import Document, Marked, Pooled, allowed_labels, examples, substitute
from finnlp_zh.training.loss import partial_label_loss
from finnlp_zh.training.trainer import Trainer
from finnlp_zh.types import decode

ALL_HEADS = {head.name: head for head in (*HEADS, *AUXILIARY)}

SENTENCES = [
    ("中国建设银行行长田某表示，今年净利润将增长百分之五。", "中国建设银行", "行长", "表示", "净利润"),
    ("证监会有关人士指出，市场风险总体可控，增速为3.2%。", "证监会", "有关人士", "指出", "增速"),
    ("招商证券研究员李某认为，行业竞争加剧，毛利率下降两成。", "招商证券", "研究员", "认为", "毛利率"),
]


def record_line(number: int) -> str:
    text, organisation, title, cue, metric = SENTENCES[number]

    def span(surface: str) -> list[int]:
        return [text.index(surface), text.index(surface) + len(surface)]

    mention = {"id": "m1", "span": span(organisation), "text": organisation, "kind": "name"}
    content = [span("，")[1], len(text) - 1]
    return json.dumps(
        {
            "doc_id": f"a{number}",
            "text": text,
            "sentences": [[0, len(text)]],
            "titles": [span(title)],
            "entities": [{"id": "e1", "type": "ORG", "name": organisation, "mentions": [mention]}],
            "quotes": [
                {"id": "q1", "kind": "indirect", "content": [content], "cue": span(cue), "stance": {"label": "neutral"}}
            ],
            "claims": [
                {"id": "c1", "span": [content[1] - 3, content[1]], "text": text[content[1] - 3 : content[1]],
                 "kind": "percent", "metric": span(metric), "change": "increase"}
            ],
            "risks": [{"theme": "market", "status": "potential", "sentence": [0, len(text)]}],
        },
        ensure_ascii=False,
    )  # fmt: skip


CONFIG = """
name = "own"
version = "1"
seed = 3
threads = 1
batch_characters = 60
accumulate = 2
[size]
layers = 1
width = 24
attention_heads = 2
feed_forward = 32
[start]
rare = 0
[corpora.own]
format = "records"
paths = ["articles.jsonl"]
[[phases]]
characters = 200
mix = { own = 1.0 }
dropout = 0.1
masked = 0.2
masked_corpora = ["own"]
[[phases]]
characters = 100
mix = { own = 1.0 }
dropped = 0.1
substituted = 1.0
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "articles.jsonl").write_text("\n".join(record_line(number) for number in range(3)), "utf-8")
    path = tmp_path / "train.toml"
    path.write_text(CONFIG, "utf-8")
    return path


def trainer(config: Path, folder: Path) -> Trainer:
    return Trainer(read_configuration(config), base=config.parent, folder=folder, report=lambda line: None)


def test_resumed_run_equals_an_uninterrupted_one(config: Path, tmp_path: Path) -> None:
    whole = trainer(config, tmp_path / "whole")
    whole.run()
    assert whole.finished
    stopped = trainer(config, tmp_path / "parts")
    stopped.run(stop_after=2)
    assert (stopped.step, stopped.finished) == (2, False)
    while not stopped.finished:
        stopped = trainer(config, tmp_path / "parts")
        assert stopped.resume()
        stopped.run(stop_after=1)
    assert stopped.step == whole.step
    before = load_file(tmp_path / "whole/checkpoint.safetensors")
    after = load_file(tmp_path / "parts/checkpoint.safetensors")
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor, rtol=0, atol=0, msg=name)


def test_checkpoint_of_another_configuration_is_refused(config: Path, tmp_path: Path) -> None:
    trainer(config, tmp_path / "run").run(stop_after=1)
    config.write_text(CONFIG.replace("seed = 3", "seed = 4"), "utf-8")
    with pytest.raises(ConfigError, match="another configuration"):
        trainer(config, tmp_path / "run").resume()


def test_trained_model_is_packed_loaded_and_started_from(config: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    trainer(config, run).run()
    target = tmp_path / "own" / "1"
    manifest = package.package(run, target, read_configuration(config), base=config.parent)
    assert manifest.training["characters"] == str(sum(json.loads(row)["characters"] for row in _last_rows(run)))
    card = (target / "MODEL_CARD.md").read_text("utf-8")
    assert "own: articles labelled by hand" in card
    assert "| entities | tags |" in card
    features = load(target, device="cpu", runtime="onnxruntime").encode([SENTENCES[0][0]])[0]
    assert set(features.logits) == {head.name for head in HEADS}
    config.write_text(CONFIG.replace("[start]\nrare = 0", f'[start]\nmodel = "{target}"'), "utf-8")
    again = trainer(config, tmp_path / "again")
    packed = load_file(target / "model.safetensors")
    kept = slice(0, len(packed["outputs.bias"]))
    torch.testing.assert_close(again.network.outputs.weight[kept], packed["outputs.weight"].float())
    torch.testing.assert_close(again.network.characters.weight, packed["characters.weight"].float())


@pytest.fixture
def student(config: Path, tmp_path: Path) -> Path:
    """The configuration of a smaller network that learns from a packed model of two layers."""
    config.write_text(CONFIG.replace("layers = 1", "layers = 2"), "utf-8")
    trainer(config, tmp_path / "run").run()
    package.package(tmp_path / "run", tmp_path / "teacher/1", read_configuration(config), base=config.parent)
    size = 'feed_forward = 16\nactivation = "relu"\nstride = 2'
    text = CONFIG.replace("feed_forward = 32", size).replace("= 200", "= 6000")
    start = (
        f'model = "{tmp_path}/teacher/1"\nlayers = [1]\n[teacher]\nmodel = "{tmp_path}/teacher/1"\ncorpora = ["own"]'
    )
    config.write_text(text.replace("rare = 0", start), "utf-8")
    return config


def test_student_starts_from_the_named_layer_and_comes_closer(student: Path, tmp_path: Path) -> None:
    taught = load_file(tmp_path / "teacher/1/model.safetensors")
    training = trainer(student, tmp_path / "student")
    layer = training.network.state_dict()
    name = "query_key_value.weight"
    torch.testing.assert_close(layer[f"layers.0.{name}"], taught[f"layers.1.{name}"].float())
    assert layer["layers.0.expansion.weight"].shape == (16, 24)
    training.run(stop_after=1)
    training.run()
    rows = [json.loads(line) for line in (tmp_path / "student/log.jsonl").read_text("utf-8").splitlines()]
    losses = [row["losses"] for row in rows if "losses" in row]
    assert losses[-1]["vectors"] < losses[0]["vectors"]
    packed = package.package(tmp_path / "student", tmp_path / "small", read_configuration(student), base=student.parent)
    size = [packed.architecture[name] for name in ("feed_forward", "activation", "stride")]
    assert size == [16, "relu", 2]
    assert package.agreement(tmp_path / "small", [text for text, *_ in SENTENCES]).same_labels > 0.97


def test_a_start_that_does_not_fit_is_refused(student: Path, tmp_path: Path) -> None:
    text = student.read_text("utf-8")
    for change, message in (
        (("layers = [1]", "layers = [2]"), "has the layers 0 to 1"),
        (("layers = [1]", "layers = [0, 1]"), "are 2, but"),
        (("feed_forward = 16", "feed_forward = 64"), "to start from has 32"),
        (("width = 24", "width = 48"), "is 24 wide"),
        (('corpora = ["own"]', 'corpora = ["others"]'), r"\[teacher\] corpora names"),
    ):
        student.write_text(text.replace(*change), "utf-8")
        with pytest.raises(ConfigError, match=message):
            trainer(student, tmp_path / "student")


def test_the_teacher_leaves_other_rows_alone(student: Path, tmp_path: Path) -> None:
    training = trainer(student, tmp_path / "student")
    assert training.teacher is not None
    ids = [torch.randint(5, 9, (2, 8)), torch.zeros(2, 8, dtype=torch.int64), torch.zeros(2, 8, dtype=torch.int64)]
    hidden = training.network.hidden(*ids).detach().requires_grad_()
    logits = training.network.outputs(hidden)
    apart = training.teacher.loss(ids, hidden, logits, training.columns, [False, True])
    (apart["vectors"] + apart["distributions"]).backward()
    assert hidden.grad is not None
    assert (hidden.grad[0] == 0).all()
    assert (hidden.grad[1] != 0).any()
    nothing = training.teacher.loss(ids, hidden, logits, training.columns, [False, False])
    assert (nothing["vectors"], nothing["distributions"]) == (0, 0)


def _last_rows(run: Path) -> list[str]:
    rows = [line for line in (run / "log.jsonl").read_text("utf-8").splitlines() if "characters" in line]
    last = {json.loads(row)["phase"]: row for row in rows}
    return list(last.values())


def test_commands_train_and_export(config: Path, tmp_path: Path) -> None:
    import typer

    from finnlp_zh.cli.export import export_command
    from finnlp_zh.cli.train import train_command

    app = typer.Typer()
    app.command("train")(train_command)
    app.command("export")(export_command)
    runner = CliRunner()
    arguments = ["train", str(config), "--run", str(tmp_path / "run"), "--out", str(tmp_path / "model")]
    stopped = runner.invoke(app, [*arguments, "--steps", "1"])
    assert stopped.exit_code == 0, stopped.output
    assert "stopped at step 1" in stopped.output
    finished = runner.invoke(app, arguments)
    assert finished.exit_code == 0, finished.output
    assert "taking up" in finished.output
    exported = runner.invoke(app, ["export", str(tmp_path / "model"), "--least", "0"])
    assert exported.exit_code == 0, exported.output
    assert "same label for" in exported.output
    load(tmp_path / "model", device="cpu", runtime="onnxruntime")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('name = "own"', "nome"),
        ("mix = { own = 1.0 }\ndropout", "mix names"),
        ('format = "records"', "unknown corpus format"),
        ('paths = ["articles.jsonl"]', "does not exist"),
    ],
)
def test_wrong_configuration_says_what_is_wrong(config: Path, tmp_path: Path, change: str, message: str) -> None:
    wrong = {
        'name = "own"': "nome = 1",
        "mix = { own = 1.0 }\ndropout": "mix = { other = 1.0 }\ndropout",
        'format = "records"': 'format = "strange"',
        'paths = ["articles.jsonl"]': 'paths = ["nowhere.jsonl"]',
    }[change]
    config.write_text(CONFIG.replace(change, wrong, 1), "utf-8")
    with pytest.raises(ConfigError, match=message):
        trainer(config, tmp_path / "run")


def test_partial_label_loss_sums_what_is_allowed() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    loss = partial_label_loss(logits, torch.tensor([0b110]))
    assert loss.item() == pytest.approx(-np.log(0.5))
    assert partial_label_loss(logits, torch.tensor([0])).item() == 0


def test_gold_record_becomes_labels_of_every_head() -> None:
    document = document_of(decode(record_line(0)))
    rows = allowed_labels(document, ALL_HEADS)
    entities = [ALL_HEADS["entities"].labels[int(row).bit_length() - 1] for row in rows["entities"]]
    assert entities[:8] == ["B-ORG", "M-ORG", "M-ORG", "M-ORG", "M-ORG", "E-ORG", "B-TITLE", "E-TITLE"]
    assert {item.head for item in document.pooled} == {"stance", "change", "modality", "risks", "risk_status"}


def test_windows_clip_pooled_spans() -> None:
    document = Document("甲" * 300, pooled=[Pooled("stance", ((200, 300),), (0,))])
    first, second = examples(document, ALL_HEADS)
    assert first.pooled[0].spans == ((200, 254),)
    assert second.pooled[0].spans == ((200 - 190, 300 - 190),)


def test_substituted_names_move_every_span() -> None:
    text = "甲公司称乙公司亏损"
    spans = [Marked("entities", 0, 3, ("ORG",)), Marked("cue", 3, 4, ("",)), Marked("entities", 4, 7, ("ORG",))]
    document = Document(text, spans, {}, [Pooled("stance", ((4, 9),), (2,))])
    swapped = substitute(document, [(0, 3, "东方集团"), (4, 7, "丙")])
    assert swapped.text == "东方集团称丙亏损"
    assert [swapped.text[mark.start : mark.end] for mark in swapped.spans] == ["东方集团", "称", "丙"]
    assert swapped.pooled[0].spans == ((5, 8),)


def test_columns_and_spans(tmp_path: Path) -> None:
    path = tmp_path / "a.bio"
    path.write_text("央 B-ORG\n行 I-ORG\n说 O\n\n沪 B-LOC\n", "utf-8")
    assert [(text, spans_of(labels)) for text, labels in read_columns(path)] == [
        ("央行说", [(0, 2, "ORG")]),
        ("沪", [(0, 1, "LOC")]),
    ]


def test_conllu_keeps_blanks(tmp_path: Path) -> None:
    rows = ["1\t央行\t_\tNOUN\t_\t_\t0\troot\t_\tSpaceAfter=No", "2\tA\t_\tX\t_\t_\t1\tdep\t_\t_"]
    rows.append("3\t涨\t_\tVERB\t_\t_\t1\tdep\t_\tSpaceAfter=No")
    path = tmp_path / "a.conllu"
    path.write_text("# text = 央行A 涨\n" + "\n".join(rows) + "\n", "utf-8")
    (document,) = read_conllu(path)
    assert document.text == "央行A 涨"
    assert document.labels["pos"] == ["NOUN", "NOUN", "X", None, "VERB"]


def test_configuration_type_is_strict() -> None:
    with pytest.raises(TypeError):
        Configuration(name="x")
