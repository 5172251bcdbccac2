"""Requests and replies between an editor and Python, as tagged structs.

A request names its operation in `op` and carries an `id`; whatever answers it carries the same `id`. `Reply` answers
at once; a job answers with `Frame`s and ends with `Done`; `Failure` ends either. JSON on every transport; arrays
travel beside the message as binary buffers (see `frames`).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from archlab.document.diagnostics import Diagnostic

RequestId = int | str
ControlAction = Literal["stop", "pause", "resume", "step", "lr", "save_weights"]


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", forbid_unknown_fields=True):
    """Anything that an editor asks."""

    id: RequestId = 0


class CatalogRequest(Request, frozen=True, kw_only=True, tag="catalog"):
    """Which parts exist: schemas, docs, icons."""


class TemplatesRequest(Request, frozen=True, kw_only=True, tag="templates"):
    """Documents to start from."""


class CheckRequest(Request, frozen=True, kw_only=True, tag="check"):
    """Graph, costs and diagnostics of a document; `rev` comes back, so that old answers can be dropped."""

    spec: Any
    rev: int = 0
    batch: int = 1


class ReadRequest(Request, frozen=True, kw_only=True, tag="read"):
    """Text of a file into a document."""

    text: str


class WriteRequest(Request, frozen=True, kw_only=True, tag="write"):
    """A document into the canonical text of its file."""

    spec: Any


class ExportRequest(Request, frozen=True, kw_only=True, tag="export"):
    """A document into another format."""

    spec: Any
    format: str


class PictureRequest(Request, frozen=True, kw_only=True, tag="picture"):
    """Which positions of a map a cell of that code lets attend to which."""

    code: str
    theme: Literal["light", "dark"] = "light"


class DevicesRequest(Request, frozen=True, kw_only=True, tag="devices"):
    """Devices that the kernel can profile and train on."""


class TasksRequest(Request, frozen=True, kw_only=True, tag="tasks"):
    """Training tasks."""


class ProfileRequest(Request, frozen=True, kw_only=True, tag="profile"):
    """Measure a document on a device."""

    spec: Any
    rev: int = 0
    device: str = "auto"
    batch: int = 1
    document: str = ""


class TrainRequest(Request, frozen=True, kw_only=True, tag="train"):
    """Train a document briefly and stream what happens."""

    spec: Any
    rev: int = 0
    task: str = "digits"
    steps: int = 200
    lr: float = 1e-3
    batch_size: int = 32
    seed: int = 0
    device: str = "auto"
    document: str = ""


class ControlRequest(Request, frozen=True, kw_only=True, tag="control"):
    """Steer a job: `value` is the learning rate, `path` the file for `save_weights`, replaced only with `overwrite`."""

    job: str
    action: ControlAction
    value: float | None = None
    path: str = ""
    overwrite: bool = False


class JobsRequest(Request, frozen=True, kw_only=True, tag="jobs"):
    """Jobs of this kernel, newest last; a reloaded page finds its training again through it."""

    document: str | None = None


class AttachRequest(Request, frozen=True, kw_only=True, tag="attach"):
    """Everything a job has said so far, then whatever it goes on to say."""

    job: str


class AckRequest(Request, frozen=True, kw_only=True, tag="ack"):
    """The editor has drawn frame `number` of those that answer `request`; nothing is answered to this."""

    job: str
    request: RequestId
    number: int


class DetachRequest(Request, frozen=True, kw_only=True, tag="detach"):
    """The editor that sent `request` goes: no more frames for it, the job runs on; nothing is answered."""

    request: RequestId


ServerRequest = (
    CatalogRequest | TemplatesRequest | CheckRequest | ReadRequest | WriteRequest | ExportRequest | PictureRequest
)
KernelRequest = (
    DevicesRequest
    | TasksRequest
    | ProfileRequest
    | TrainRequest
    | ControlRequest
    | JobsRequest
    | AttachRequest
    | AckRequest
    | DetachRequest
)
AnyRequest = ServerRequest | KernelRequest


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Anything that Python says to an editor."""

    id: RequestId


class Reply(Message, frozen=True, kw_only=True, tag="reply"):
    """The answer to a request."""

    value: Any


class Frame(Message, frozen=True, kw_only=True, tag="frame"):
    """What a job said since its last frame; the editor acknowledges `number` before the next one is sent."""

    job: str
    number: int
    events: list[Any]


class Done(Message, frozen=True, kw_only=True, tag="done"):
    """The job is over; `last` is its last event without the arrays."""

    job: str
    last: dict[str, Any]


class CatalogChanged(Message, frozen=True, kw_only=True, tag="catalog"):
    """Parts were registered since the editor asked for the catalog; `id` means nothing."""


class Failure(Message, frozen=True, kw_only=True, tag="error"):
    """The request could not be answered."""

    message: str
    hint: str = ""


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A document to start from; `group` is its heading in a picker, `source` the paper or file that it follows."""

    name: str
    title: str
    description: str
    group: str
    source: str
    spec: dict[str, Any]


class ReadReply(msgspec.Struct, frozen=True, kw_only=True):
    """A file's document in canonical order, None when the text is not one."""

    spec: dict[str, Any] | None
    diagnostics: list[Diagnostic]


class WriteReply(msgspec.Struct, frozen=True, kw_only=True):
    """Canonical text of a document."""

    text: str


class ExportReply(msgspec.Struct, frozen=True, kw_only=True):
    """An exported document: text, or base64 where the media type is binary."""

    mime: str
    filename: str
    text: str = ""
    base64: str = ""


class PictureReply(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as SVG text; empty where there is none."""

    svg: str


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the kernel; `memory` in bytes, None where unknown."""

    id: str
    name: str
    memory: int | None = None


class TaskInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A training task and what it says of itself."""

    name: str
    title: str
    description: str


class JobInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A job of the kernel; `digest` is that of the document as it was, the same as in a check of that document."""

    job: str
    kind: Literal["profile", "train"]
    state: str
    rev: int
    document: str = ""
    digest: str = ""


class JobStarted(msgspec.Struct, frozen=True, kw_only=True):
    """First event of every job: its name, by which it is steered, and the digest of its document."""

    job: str
    kind: Literal["profile", "train"]
    digest: str = ""
    type: Literal["job"] = "job"


def decode(data: bytes | str) -> AnyRequest:
    """A request from JSON text; msgspec.ValidationError or msgspec.DecodeError when it is none."""
    return _decoder.decode(data)


def convert(data: Any) -> AnyRequest:
    """A request from decoded JSON; msgspec.ValidationError when it is none."""
    return msgspec.convert(data, AnyRequest)


_decoder = msgspec.json.Decoder(AnyRequest)
