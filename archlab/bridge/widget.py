"""The editor in a notebook's output: an anywidget whose kernel answers everything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import msgspec
import traitlets

from archlab.bridge.announcing import announce_to
from archlab.bridge.peer import Peer
from archlab.bridge.runner import Job, Runner
from archlab.document import files
from archlab.document.diagnostics import ArchlabError, Diagnostic
from archlab.document.limits import MAX_BYTES
from archlab.document.reading import read_data, read_text
from archlab.document.spec import Spec
from archlab.document.writing import dumps
from archlab.templates import documents

MAX_ANSWER = 256 << 10  # bytes of JSON; a larger answer is worked out again instead of being kept in each notebook
STATIC = Path(__file__).parent.parent / "static"


def edit(document: Spec | str | os.PathLike[str] | Mapping[str, Any] | None = None) -> EditorWidget:
    """Open the editor on a document, or on a file.

    Show the widget as a cell's last line. `widget.spec` is the document as it stands, and can be set; `widget.save()`
    writes it to its file. Without an argument the editor offers templates. A file that cannot be read is opened for
    repair. Raises FileNotFoundError for a file that is not there.
    """
    editor = EditorWidget()
    if isinstance(document, str | os.PathLike):
        editor.load(document)
    elif document is not None:
        editor.spec = document
    return editor


class EditorWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """The editor of one document; `text` holds it, synchronised with the page in both directions.

    Attributes:
        text: the document as JSON text, as typed; "" for an empty document. Observe it to follow edits.
        title: what the editor calls the document.
        answer: the last answer to a check, kept by the page so that a saved notebook still shows numbers; empty when
            it would make the notebook large.
    """

    _esm = STATIC / "widget.js"
    _css = STATIC / "widget.css"

    text = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.path: Path | None = None
        self._on_disk: bytes | None = None
        self._runner = Runner()
        self._peer = Peer(self._answer, self._runner)
        announce_to(self._peer)
        self.on_msg(lambda _, content, buffers: self._peer.receive(content))

    @traitlets.validate("answer")
    def _small_answer(self, proposal: Any) -> dict[str, Any]:
        answer: dict[str, Any] = proposal["value"]
        return answer if len(msgspec.json.encode(answer)) <= MAX_ANSWER else {}

    @property
    def spec(self) -> Spec:
        """The document; ArchlabError with all diagnostics while the text is none."""
        return documents.parse(self.text)

    @spec.setter
    def spec(self, document: Spec | Mapping[str, Any]) -> None:
        if not isinstance(document, Spec):
            reading = read_data(dict(document))
            if reading.spec is None:
                raise ArchlabError("This is not a document that archlab can read.", reading.diagnostics)
            document = reading.spec
        self.text = dumps(document)
        self.title = self.path.name if self.path else document.name

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Everything that is wrong with the document or worth knowing."""
        reading = read_text(self.text)
        return list(reading.diagnostics) if reading.spec is None else documents.check(reading.spec)

    @property
    def run(self) -> Job | None:
        """The job that was started last in this editor, None before the first; `run.wait()` blocks until it is over."""
        jobs = self._runner.jobs()
        return jobs[-1] if jobs else None

    def load(self, path: str | os.PathLike[str]) -> None:
        """Show a file; ArchlabError when it is not text of at most 1 MiB, OSError when it cannot be opened."""
        source = Path(path).absolute()
        with source.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        reading = read_text(content)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise ArchlabError(f"{source} cannot be opened.", reading.diagnostics) from None
        if len(content) > MAX_BYTES:
            raise ArchlabError(f"{source} cannot be opened.", reading.diagnostics)
        self.path, self._on_disk = source, content
        self.title = source.name
        self.text = text

    def save(self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False) -> Path:
        """Write the text, exactly as it stands, to its file or to `path`, and return the file's path.

        The file is replaced in one step. Raises ArchlabError when there is no path, or when the file holds something
        else than what was opened or saved here, unless `overwrite`.
        """
        target = Path(path).absolute() if path is not None else self.path
        if target is None:
            raise ArchlabError('This document has no file yet. Give one: editor.save("my.arch.json")')
        same = self.path is not None and target.resolve() == self.path.resolve()
        known = self._on_disk if same else None
        try:
            content = self.text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ArchlabError(f"The text holds half a character at position {error.start}; take it out.") from None
        if not overwrite and target.exists() and target.read_bytes() not in (known, content):
            what = "was changed outside" if same else "exists already"
            raise ArchlabError(f"{target} {what}. Save under another name, or pass overwrite=True.")
        files.replace(content, target)
        self.path, self._on_disk = target, content
        self.title = target.name
        return target

    def _answer(self, message: msgspec.Struct, buffers: list[bytes]) -> None:
        self.send(msgspec.to_builtins(message), buffers)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and a still picture for places that show none."""
        bundle = super()._repr_mimebundle_(**options)
        picture = self._picture()
        if bundle is not None and picture:
            bundle[0]["image/svg+xml"] = picture
        return bundle

    def _picture(self) -> str:
        from archlab.views import draw

        reading = read_text(self.text)
        try:
            return "" if reading.spec is None else draw(reading.spec).svg
        except ArchlabError:  # a document of which nothing can be drawn yet
            return ""
