"""The record that finnlp-zh writes for one article (schema ``finnlp-zh/1``), as typed structs.

All offsets are Unicode code points into ``Record.text``, half-open ``[start, end)``. Every key is always
written; what is unknown is ``null`` or an empty list. The fields of `ON_REQUEST` alone are left out unless the stage
that fills them ran. Reading is lenient about missing keys, so that
hand-labelled gold, which leaves out scores and tokens, decodes into the same structs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from finnlp_zh.errors import InputError

SCHEMA: Final = "finnlp-zh/1"
# Says that a shard written on a cluster is whole; the leading underscore hides it from readers of data sets.
SHARD_FINISHED: Final = "_finished.json"

Span = tuple[int, int]

EntityType = Literal["ORG", "REGULATOR", "OFFICIAL", "PERSON", "POLICY", "LOC"]
PEOPLE: Final[tuple[EntityType, ...]] = ("PERSON", "OFFICIAL")
MentionKind = Literal["name", "alias", "nominal", "pronoun"]
PersonRole = Literal["official", "executive", "expert", "journalist", "other"]
RepairKind = Literal["join", "move", "overlap", "drop", "normalise"]
QuoteKind = Literal["direct", "indirect", "mixed"]
SourceClass = Literal["named", "official", "company", "insider", "industry", "analyst", "document", "unknown"]
StanceLabel = Literal["supportive", "critical", "neutral"]
ClaimKind = Literal["money", "percent", "points", "multiple", "count", "duration", "physical", "rank", "rate"]
Modifier = Literal["exact", "over", "at_least", "under", "at_most", "near", "about", "range"]
Change = Literal["increase", "decrease"]
Basis = Literal["yoy", "qoq", "mom"]
Modality = Literal["actual", "estimate", "forecast", "target"]
Theme = Literal[
    "credit", "market", "liquidity", "operational", "cyber", "legal", "policy", "supply_chain",
    "competition", "governance", "geopolitical", "underwriting", "macro", "climate",
]  # fmt: skip
RiskStatus = Literal["realised", "potential", "mitigated"]
ToneLabel = Literal["tightening", "easing", "neutral"]

# The fields of a record that are written only where a stage that was asked for by name has filled them.
ON_REQUEST: Final = frozenset({"policy", "stances", "own_themes"})


class Source(Struct):
    """Where the article came from: the file, its hash and encoding, and which part of the file it is."""

    path: str
    sha256: str
    encoding: str
    part: int = 1
    parts: int = 1


class Repair(Struct):
    """One change that reading made to the source text; ``span`` lies in the repaired text (empty for a drop)."""

    kind: RepairKind
    span: Span
    note: str


class Mention(Struct):
    """One place where the text names an entity; ``text`` equals the characters under ``span``."""

    id: str
    span: Span
    text: str
    kind: MentionKind
    score: float = 1.0


class Entity(Struct):
    """One organisation, person, policy or place with all its mentions in the article."""

    id: str
    type: EntityType
    name: str
    kb_id: str | None = None
    role: PersonRole | None = None
    affiliation: str | None = None
    titles: list[Span] = field(default_factory=list)
    relevance: float = 0.0
    mentions: list[Mention] = field(default_factory=list)


class Speaker(Struct):
    """Who speaks: the mention and its span, and the entity it resolves to where one is known."""

    mention: str | None = None
    span: Span | None = None
    entity: str | None = None
    named: bool = False
    source_class: SourceClass = "unknown"


class Stance(Struct):
    """The speaker's attitude to what the quote is about."""

    label: StanceLabel
    target: Span | None = None
    score: float = 1.0


class Quote(Struct):
    """What a source says, thinks, reports or asks for, tied to it by a cue; ``rule`` names the rule that found it."""

    id: str
    kind: QuoteKind
    content: list[Span]
    cue: Span | None = None
    speaker: Speaker | None = None
    document: Span | None = None
    continuation: list[Span] = field(default_factory=list)
    stance: Stance | None = None
    score: float = 1.0
    rule: str | None = None


class Subject(Struct):
    """Whose figure it is: the text's own words, and the entity where those words name one."""

    span: Span | None = None
    entity: str | None = None


class Period(Struct):
    """The time that a figure is about: the expression, and the ISO days it covers, both inclusive."""

    span: Span | None = None
    start: str | None = None
    end: str | None = None


class Claim(Struct):
    """One figure that measures something. ``low``/``high`` are in ``unit``, scale words multiplied out."""

    id: str
    span: Span
    text: str
    kind: ClaimKind
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    counter: str | None = None
    modifier: Modifier = "exact"
    change: Change | None = None
    basis: Basis | None = None
    modality: Modality = "actual"
    metric: Span | None = None
    subject: Subject | None = None
    period: Period | None = None
    source: str | None = None
    score: float = 1.0


class Risk(Struct):
    """A risk theme that one sentence tells of."""

    theme: Theme
    status: RiskStatus
    sentence: Span
    evidence: list[Span] = field(default_factory=list)
    score: float = 1.0


class PolicyTone(Struct):
    """What a central bank or another public body does or says of policy in one sentence; ``body`` is its entity."""

    sentence: Span
    tone: ToneLabel
    forward_looking: bool
    body: str | None = None
    evidence: list[Span] = field(default_factory=list)
    score: float = 1.0


class EntityStance(Struct):
    """The article's own attitude to an entity, quotes left out; ``evidence`` holds the sentences that show it."""

    entity: str
    label: StanceLabel
    score: float = 1.0
    evidence: list[Span] = field(default_factory=list)


class OwnTheme(Struct):
    """A theme of the user's own taxonomy that one sentence tells of."""

    theme: str
    status: RiskStatus
    sentence: Span
    evidence: list[Span] = field(default_factory=list)
    score: float = 1.0


class Token(Struct, array_like=True):
    """One word; ``pos`` is a Universal Dependencies tag, or ``None`` where the segmenter gives none."""

    start: int
    end: int
    pos: str | None = None


class Record(Struct):
    """One annotated article, as ``finnlp annotate`` writes it (one JSON object a line)."""

    doc_id: str
    text: str
    schema: Literal["finnlp-zh/1"] = SCHEMA
    source: Source | None = None
    source_map: list[tuple[int, int, int]] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    title: Span | None = None
    byline: list[Span] = field(default_factory=list)
    dateline: Span | None = None
    published: str | None = None
    sentences: list[Span] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    titles: list[Span] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    risks: list[Risk] = field(default_factory=list)
    themes: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    policy: list[PolicyTone] | UnsetType = UNSET
    stances: list[EntityStance] | UnsetType = UNSET
    own_themes: list[OwnTheme] | UnsetType = UNSET


class Layer(Struct, kw_only=True):
    """What one stage adds to one article: the fields it sets, the rest left ``UNSET``.

    A stage returns layers and changes no record; only the pipeline attaches them. ``warnings`` are
    appended, every other field replaces what stood there.
    """

    sentences: list[Span] | UnsetType = UNSET
    tokens: list[Token] | UnsetType = UNSET
    entities: list[Entity] | UnsetType = UNSET
    titles: list[Span] | UnsetType = UNSET
    quotes: list[Quote] | UnsetType = UNSET
    claims: list[Claim] | UnsetType = UNSET
    risks: list[Risk] | UnsetType = UNSET
    themes: dict[str, float] | UnsetType = UNSET
    policy: list[PolicyTone] | UnsetType = UNSET
    stances: list[EntityStance] | UnsetType = UNSET
    own_themes: list[OwnTheme] | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """Give the record as one line of UTF-8 JSON, without the line end."""
    return _ENCODER.encode(record)


def decode(line: bytes | str) -> Record:
    """Read one JSON object into a `Record`.

    Raises `InputError` with the path inside the object where it departs from the schema.
    """
    try:
        return _DECODER.decode(line)
    except msgspec.DecodeError as error:  # ValidationError is a DecodeError
        raise InputError(f"not a {SCHEMA} record: {error}") from error


def read_records(path: Path) -> Iterator[Record]:
    """Read records lazily from a JSON Lines file, or from the folder that ``finnlp annotate`` wrote on either engine.

    Raises `InputError` with file and line where one cannot be read.
    """
    file = path / "records.jsonl" if path.is_dir() else path
    if path.is_dir() and not file.exists():
        if shards := sorted(marker.parent for marker in path.glob(f"shard=*/{SHARD_FINISHED}")):
            yield from _read_shards(shards)
            return
        raise InputError(f"{path}: holds no records.jsonl; make it with finnlp annotate")
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _decode_at(line, f"{file}:{number}")
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error


def _read_shards(shards: Sequence[Path]) -> Iterator[Record]:
    import pyarrow.parquet as pq  # what wrote the shards needs it too

    for file in (file for shard in shards for file in sorted(shard.glob("*.parquet"))):
        with pq.ParquetFile(file) as table:
            for batch in table.iter_batches(batch_size=256, columns=["record"]):
                for line in batch["record"].to_pylist():
                    if line is not None:
                        yield _decode_at(line, str(file))


def _decode_at(line: bytes | str, place: str) -> Record:
    try:
        return decode(line)
    except InputError as error:
        raise InputError(f"{place}: {error}") from error


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a written record: every key is required but those made on request."""
    schema = msgspec.json.schema(Record)
    for definition in schema["$defs"].values():
        if "properties" in definition:
            definition["required"] = [name for name in definition["properties"] if name not in ON_REQUEST]
    return schema


def spans_of(record: Record) -> Iterator[tuple[str, Span, str | None]]:
    """Give every span of the record as (where it stands, span, the surface it must show or None)."""
    yield from _without_surface("title", [record.title])
    yield from _without_surface("dateline", [record.dateline])
    yield from _without_surface("byline", record.byline)
    yield from _without_surface("sentences", record.sentences)
    yield from _without_surface("titles", record.titles)
    yield from _without_surface("repairs", [repair.span for repair in record.repairs])
    yield from _without_surface("tokens", [(token.start, token.end) for token in record.tokens])
    for entity in record.entities:
        yield from _without_surface(f"entities {entity.id} titles", entity.titles)
        for mention in entity.mentions:
            yield f"entities {entity.id} {mention.id}", mention.span, mention.text
    for quote in record.quotes:
        speaker = quote.speaker.span if quote.speaker else None
        target = quote.stance.target if quote.stance else None
        spans = [*quote.content, *quote.continuation, quote.cue, quote.document, speaker, target]
        yield from _without_surface(f"quotes {quote.id}", spans)
    for claim in record.claims:
        yield f"claims {claim.id}", claim.span, claim.text
        subject = claim.subject.span if claim.subject else None
        period = claim.period.span if claim.period else None
        yield from _without_surface(f"claims {claim.id}", [claim.metric, subject, period])
    for risk in record.risks:
        yield from _without_surface(f"risks {risk.theme}", [risk.sentence, *risk.evidence])
    for tone in record.policy or []:
        yield from _without_surface("policy", [tone.sentence, *tone.evidence])
    for stance in record.stances or []:
        yield from _without_surface(f"stances {stance.entity}", stance.evidence)
    for own in record.own_themes or []:
        yield from _without_surface(f"own_themes {own.theme}", [own.sentence, *own.evidence])


def _without_surface(where: str, spans: Sequence[Span | None]) -> Iterator[tuple[str, Span, str | None]]:
    for span in spans:
        if span is not None:
            yield where, span, None


def check(record: Record) -> None:
    """Make sure that every span lies in the text and shows its surface, and that every id resolves.

    Raises `InputError` naming the article, the place in the record and the offsets.
    """
    length = len(record.text)
    for where, (start, end), surface in spans_of(record):
        if not 0 <= start <= end <= length:
            raise InputError(f"{record.doc_id}: {where}: span [{start}, {end}) lies outside the text (0 to {length})")
        if surface is not None and record.text[start:end] != surface:
            found = record.text[start:end]
            raise InputError(f"{record.doc_id}: {where}: [{start}, {end}) shows {found!r}, not {surface!r}")
    for start, end, _ in record.source_map:
        if not 0 <= start < end <= length:
            raise InputError(f"{record.doc_id}: source_map: run [{start}, {end}) lies outside the text (0 to {length})")
    _check_references(record)


def _check_references(record: Record) -> None:
    entities = {entity.id for entity in record.entities}
    mentions = {mention.id for entity in record.entities for mention in entity.mentions}
    quotes = {quote.id for quote in record.quotes}
    references: list[tuple[str, str | None, set[str]]] = []
    for entity in record.entities:
        references.append((f"entities {entity.id} affiliation", entity.affiliation, entities))
    for quote in record.quotes:
        if quote.speaker is not None:
            references.append((f"quotes {quote.id} speaker.mention", quote.speaker.mention, mentions))
            references.append((f"quotes {quote.id} speaker.entity", quote.speaker.entity, entities))
    for claim in record.claims:
        references.append((f"claims {claim.id} source", claim.source, entities | quotes))
        if claim.subject is not None:
            references.append((f"claims {claim.id} subject.entity", claim.subject.entity, entities))
    references += [("policy body", tone.body, entities) for tone in record.policy or []]
    references += [("stances", stance.entity, entities) for stance in record.stances or []]
    for where, reference, known in references:
        if reference is not None and reference not in known:
            raise InputError(f"{record.doc_id}: {where}: {reference!r} names nothing in this record")
