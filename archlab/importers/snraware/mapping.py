"""From SNRAware's settings to a document: the network that the original really builds.

Sizes there are `[H, W, D]`, here `(D, H, W)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archlab.document.entries import Input
from archlab.document.making import field_types
from archlab.document.spec import Spec
from archlab.graph.options import cell_of_code
from archlab.importers.imported import Note, Report
from archlab.importers.snraware.config import LAYOUTS, Config, listed, refusal
from archlab.parts.catalog import default
from archlab.templates.constructors import new

CELL_OPTIONS = {
    "n_head": "heads",
    "scale_ratio_in_mixer": "mixer_ratio",
    "normalize_Q_K": "normalize_qk",
    "att_with_relative_position_bias": "relative_position",
    "att_dropout_p": "attention_dropout",
    "dropout_p": "drop_path",
    "att_with_output_proj": "output_projection",
    "norm_mode": "norm",
    "activation_func": "activation",
    "window_sizing_method": "window_sizing",
}
SIZES = {"window_size": "window", "patch_size": "patch"}
NORMS = ("layer", "layer3d", "batch2d", "batch3d", "instance2d", "instance3d")
ACTIVATIONS = ("elu", "relu", "leakyrelu", "prelu", "relu6", "selu", "celu", "gelu")
UPSAMPLING = {"linear": "linear", "NN": "nearest", "bspline": "spline"}
DEAD = {"kernel_size", "stride", "padding", "stride_s", "mixer_kernel_size", "mixer_stride", "mixer_padding"} | {
    "is_causal",
    "with_timer",
    "flash_att",
    "use_interpolation",
    "with_conv",
    "conv_type",
}
KNOWN = {
    "": {"name", "block", "block_str", "num_of_channels", "num_resolution_levels", "num_stages", "downsample"}
    | {"use_unet_attention"},
    "block.": {"cell", "cell_type", "block_dense_connection"},
    "block.cell.": {*CELL_OPTIONS, *SIZES, "attention_type", "mixer_type", "cosine_att", "upsample_method"},
    "block.cell.temporal.": {"stride_qk", "temporal_multi_head_att_on_C_H_W"},
    "block.cell.spatial_global.": {"shuffle_in_window"},
    "block.cell.spatial_global_3d.": {"shuffle_in_window"},
}
# Settings of the backbone that only some backbones read.
READ_BY = {
    "num_resolution_levels": ("unet", "hrnet"),
    "num_stages": ("soanet",),
    "downsample": ("soanet",),
    "use_unet_attention": ("unet",),
}
FIXED_HEADS = 8  # of the codes V and S, whatever the configuration says
BARE = ("T0", "L0", "G0")
VOLUMETRIC = ("L3", "G3", "V3", "S3", "Sh")


def to_document(config: Config, input: Input | str, compat: str | None) -> tuple[Spec, Report]:
    """The document of a configuration and what became of every setting. Codes are kept, known here or not."""
    return _Mapper(config, compat).document(input)


class _Mapper:
    """One configuration, read key by key."""

    def __init__(self, config: Config, compat: str | None) -> None:
        self.config = config
        self.compat = compat
        self.mapped: list[Note] = []
        self.ignored: list[Note] = []
        self.differs: list[Note] = []

    def document(self, input: Input | str) -> tuple[Spec, Report]:
        config = self.config
        fields = self._fields()
        cells = self._cells()
        codes = sorted({text[i : i + 2] for text in cells for i in range(0, len(text), 2)})
        options = self._options(codes)
        spec = new(
            config.layout,
            fields,
            cells=cells[0] if len(set(cells)) == 1 else cells,
            input=input,
            name=f"SNRAware {config.layout}",
            compat=self.compat,
            options=options,
        )
        for code in codes:
            extra = self._of_code(code)
            spec = spec.with_code_option(code, **extra) if extra else spec
        mode = self._upsampling()
        spec = spec.with_link_options("interp_conv3", mode=mode) if mode else spec
        self._differences(codes, options)
        self._without_effect(codes)
        return spec, Report(
            mapped=tuple(self.mapped), ignored=tuple(self.ignored), differs=tuple(dict.fromkeys(self.differs))
        )

    def _take(self, key: str, value: Any, to: str) -> Any:
        """Note that `value` is now said at `to`."""
        self.mapped.append(Note(key, f"{to} = {value if isinstance(value, str) else _words(value)}"))
        return value

    def _fields(self) -> dict[str, Any]:
        """The layout's own fields."""
        backbone, layout, count = self.config.backbone, self.config.layout, self.config.count
        own = "stages" if layout == "soanet" else "levels"
        theirs = "num_stages" if layout == "soanet" else "num_resolution_levels"
        if "name" in backbone:
            self._take("name", layout, "layout.type")
            if str(backbone["name"]).casefold() not in LAYOUTS:
                self.differs.append(Note("name", f"it names no backbone; its other keys are those of {layout}."))
        fields = {own: self._take(theirs, count, f"layout.{own}")}
        width = backbone.get("num_of_channels", 32)
        fields["channels"] = self._take("num_of_channels", width, "layout.channels")
        if layout == "soanet":
            fields["downsample"] = self._take("downsample", backbone.get("downsample", True), "layout.downsample")
        if layout == "unet":
            gate = backbone.get("use_unet_attention", True)
            fields["gate"] = self._take("use_unet_attention", gate, "layout.gate")
        return fields | {"down": "patch_merge"} | ({} if layout == "soanet" else {"up": "interp_conv3"})

    def _cells(self) -> list[str]:
        """One string per level or stage; U-Net's bridge takes the last."""
        given, count = self.config.backbone.get("block_str", ["T1L1G1"]), self.config.count
        strings = [given] if isinstance(given, str) else listed(given)
        if not strings or not all(isinstance(s, str) for s in strings):
            raise refusal("AL602", "block_str: expected a list of strings.")
        unet = self.config.layout == "unet"
        wanted = (count if isinstance(count, int) else len(strings)) + unet
        if len(strings) > wanted:
            self.ignored.append(Note("block_str", f"{len(strings)} entries, {wanted} are used."))
            strings = [*strings[: wanted - 1], strings[-1]] if unet else strings[:wanted]
        self._take("block_str", " ".join(strings), "cells")
        return strings

    def _options(self, codes: Iterable[str]) -> dict[str, Any]:
        """Options of all cells."""
        cell, block = self.config.cell, self.config.block
        options: dict[str, Any] = {}
        for theirs, ours in CELL_OPTIONS.items():
            if theirs in cell:
                options[ours] = self._take(f"block.cell.{theirs}", self._known(theirs, cell[theirs]), f"options.{ours}")
        for theirs, ours in SIZES.items():
            if theirs in cell:
                options[ours] = self._take(f"block.cell.{theirs}", _depth_first(cell[theirs]), f"options.{ours}")
        if "cosine_att" in cell:
            score = "cosine" if _flag("block.cell.cosine_att", cell["cosine_att"]) else "dot"
            options["score"] = self._take("block.cell.cosine_att", score, "options.score")
        if "cell_type" in block:
            options["arrangement"] = self._take("block.cell_type", block["cell_type"], "options.arrangement")
        dense = block.get("block_dense_connection")
        if dense not in (None, False):
            options["dense"] = self._take("block.block_dense_connection", dense, "options.dense")
        return options

    def _known(self, key: str, value: Any) -> Any:
        """The value, or what the original takes without a word where it knows no such value."""
        if key == "norm_mode" and isinstance(value, str) and value not in NORMS:
            self.differs.append(Note(f"block.cell.{key}", f'"{value[:40]}" is no norm there and becomes instance3d.'))
            return "instance3d"
        if key == "activation_func" and isinstance(value, str) and value not in ACTIVATIONS:
            text = f'"{value[:40]}" is no activation there and becomes the identity; here it is refused.'
            self.differs.append(Note(f"block.cell.{key}", text))
        return value

    def _of_code(self, code: str) -> dict[str, Any]:
        """What only some codes honour there."""
        found = cell_of_code(default(), code, self.compat)
        fields, fixed = (field_types(found[0]), found[1]) if found else ({}, {})
        extra: dict[str, Any] = {}

        def take(key: str, field: str, value: Any) -> None:
            if field not in fixed and (found is None or field in fields):
                extra[field] = self._take(key, value, f"code_options.{code}.{field}")

        if code[:1] in ("L", "G") and self.config.cell.get("attention_type") == "lin":
            take("block.cell.attention_type", "projection", "linear")
        if code[:1] in ("L", "G", "V", "S") and self.config.cell.get("mixer_type") == "lin":
            take("block.cell.mixer_type", "mixer", "linear")
        if code[:1] in ("V", "S") and self.config.cell.get("n_head", 16) != FIXED_HEADS:
            take("block.cell.n_head", "heads", FIXED_HEADS)
            text = f"{code} gets the {FIXED_HEADS} heads that the original always gives it."
            self.ignored.append(Note("block.cell.n_head", text))
        if code[:1] == "T":
            temporal = self.config.group("temporal")
            if not _plain(temporal.get("stride_qk")):
                take("block.cell.temporal.stride_qk", "stride_qk", _depth_first(temporal["stride_qk"]))
            key = "temporal_multi_head_att_on_C_H_W"
            if _flag(f"block.cell.temporal.{key}", temporal.get(key)):
                take(f"block.cell.temporal.{key}", "heads_over", "features")
        if code[:1] == "G":
            group = "spatial_global_3d" if code == "G3" else "spatial_global"
            key = f"block.cell.{group}.shuffle_in_window"
            if _flag(key, self.config.group(group).get("shuffle_in_window")):
                take(key, "shuffle", True)
        return extra

    def _upsampling(self) -> str:
        """The mode of every upsampling link, empty for the linear one."""
        method = self.config.cell.get("upsample_method", "linear")
        key = "block.cell.upsample_method"
        if self.config.layout == "soanet":
            return ""
        mode = UPSAMPLING.get(str(method), "")
        if not mode:
            self.ignored.append(Note(key, f'"{str(method)[:40]}" is not known: linear upsampling is used.'))
        return str(self._take(key, mode, "link_options.interp_conv3.mode")) if mode not in ("", "linear") else ""

    def _differences(self, codes: list[str], options: Mapping[str, Any]) -> None:
        """Where the document computes something else; with `compat`, `check` names what remains of the cells."""
        config, tell = self.config, lambda key, text: self.differs.append(Note(key, text))
        if config.block.get("cell_type") == "parallel":
            tell("block.cell_type", "parallel cells stop the original with an error inside a block; here they work.")
        shuffling = ("spatial_global", "spatial_global_3d")
        if any(config.group(name).get("shuffle_in_window") for name in shuffling) and {"G0", "G1", "G3"} & {*codes}:
            tell("", "shuffle_in_window is undone exactly and off in evaluation; in the original it is neither.")
        if config.layout == "soanet" and config.count != 1 and config.backbone.get("downsample", True):
            tell("", "Outputs are one map per stage; the original also lists its down-samplers.")
        if self.compat:
            return
        biased = [c for c in codes if c[:1] in ("L", "G", "V", "S")]
        if biased and options.get("relative_position", True):
            tell("", f"{', '.join(biased)}: the position bias is added inside the softmax; the original adds it after.")
        for some, text in (
            (BARE, "built without a mixer, as the digit says; the original builds one."),
            (("S3", "Sh"), "attend to their values; the original ignores its value projection."),
            (("G3",), "puts its output back in place; the original scrambles it."),
        ):
            present = [c for c in codes if c in some]
            if present:
                tell("", f"{', '.join(present)}: {text}")
        volumetric = [c for c in codes if c in VOLUMETRIC]
        if volumetric and options.get("relative_position", True):
            text = "the position bias is indexed in the order of the tokens; the original mixes up the axes."
            tell("", f"{', '.join(volumetric)}: {text}")
        if config.cell.get("mixer_type") == "lin" and any(c[:1] in ("L", "G", "V", "S") for c in codes):
            tell("", "Linear mixers keep their residual; the original drops it.")
        if config.layout == "unet" and options.get("window_sizing") == "keep_num_window":
            tell("", "The way up takes each level's own windows; the original gives it the deepest level's.")

    def _without_effect(self, codes: list[str]) -> None:
        """Settings that change nothing in the original, and those that nobody knows."""
        config = self.config
        for key, deaf in (("attention_type", "TCVS"), ("mixer_type", "TC")):
            present, value = [c for c in codes if c[:1] in deaf], config.cell.get(key)
            if present and value == "lin":
                self.ignored.append(Note(f"block.cell.{key}", f"{', '.join(present)}: convolutions all the same."))
            elif value not in (None, "conv", "lin"):
                self.ignored.append(Note(f"block.cell.{key}", f'"{str(value)[:40]}" is not known: convolutions.'))
        told = {note.key for note in (*self.mapped, *self.ignored, *self.differs)}
        given = {"": config.backbone, "block.": config.block, "block.cell.": config.cell}
        given |= {f"block.cell.{name}.": config.group(name) for name in config.cell if config.group(name)}
        for where, settings in given.items():
            for key, value in settings.items():
                name = f"{where}{str(key)[:80]}"
                if key in ("_target_", "block", "cell") or isinstance(value, Mapping):
                    continue
                if key in DEAD:
                    self.ignored.append(Note(name, "without effect in the original."))
                elif key not in KNOWN.get(where, set()):
                    self.ignored.append(Note(name, "is not known and is ignored."))
                elif where == "" and config.layout not in READ_BY.get(key, (config.layout,)):
                    self.ignored.append(Note(name, f"{config.layout} does not read it."))
                elif name not in told and _plain(value):
                    self.mapped.append(Note(name, f"{_words(value)} is the default"))
                elif name not in told:
                    self.ignored.append(Note(name, "nothing in this network reads it."))


def _flag(key: str, value: Any) -> bool:
    """A switch; text is none, not even "False"."""
    if isinstance(value, str | list | tuple):
        raise refusal("AL602", f"{key}: expected true or false, found {type(value).__name__}.")
    return bool(value)


def _plain(value: Any) -> bool:
    """Whether the value is what stands there by default: convolutions, linear upsampling, off, strides of 1."""
    return all(one is not True and one in (None, False, 1, "conv", "linear") for one in listed(value) or [value])


def _depth_first(size: Any) -> Any:
    """`[H, W, D]` as `(D, H, W)`; anything else as it is, so that `check` reports it."""
    if isinstance(size, list | tuple) and len(size) == 3:
        height, width, depth = size
        return (depth, height, width)
    return size


def _words(value: Any) -> str:
    """A value as a document writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(list(value)) if isinstance(value, tuple) else str(value)
