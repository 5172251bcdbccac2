"""SNRAware's configurations in: the resolved YAML or JSON of a U-Net, HRNet or SOANet backbone.

Source: SNRAware (Xue et al. 2025, arXiv 2503.18162), `backbone` group of its configuration. Sizes there are
`[H, W, D]`, here `(D, H, W)`. The document says what the original really builds; where archlab differs on
purpose, a note says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from archlab.catalog import default
from archlab.constructors import new
from archlab.registry import Registry
from archlab.spec.diagnostics import ArchlabError, Diagnostic
from archlab.spec.document import Input, Spec
from archlab.spec.limits import MAX_BYTES, MAX_STAGES
from archlab.spec.making import field_types

LAYOUTS = {"unet": "unet", "hrnet": "hrnet", "soanet": "soanet"}
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
GROUPS = {"temporal", "spatial_local", "spatial_global", "convoluation", "spatial_local_3d", "spatial_global_3d"} | {
    "spatial_vit",
    "vit_3d",
    "swin_3d",
}
READ_ELSEWHERE = {"window_size", "patch_size", "attention_type", "mixer_type", "cosine_att", "upsample_method"} | GROUPS
DEAD = {"kernel_size", "stride", "padding", "stride_s", "mixer_kernel_size", "mixer_stride", "mixer_padding"} | {
    "is_causal",
    "with_timer",
    "flash_att",
    "use_interpolation",
    "with_conv",
    "conv_type",
}
FIXED_HEADS = 8  # of the codes V and S, whatever the configuration says


def import_snraware(source: str | bytes | Mapping[str, Any], input: Input | str) -> tuple[Spec, tuple[str, ...]]:
    """A document from a configuration of SNRAware, and notes on what was ignored or differs.

    Args:
        source: text of the resolved YAML or JSON, or what it holds: a mapping with the key `backbone`, or the
            backbone's own mapping.
        input: the input, which such a file does not hold, as `CxDxHxW` such as `2x16x32x32`.

    Codes that archlab does not have stay in the document, so that `check` reports them.

    Raises:
        ArchlabError: the text cannot be read, or holds no backbone.
    """
    config = source if isinstance(source, Mapping) else _parse(source)
    backbone = config.get("backbone", config)
    if not isinstance(backbone, Mapping) or not ({"block_str", "num_of_channels", "block"} & set(backbone)):
        raise _refusal("AL601", "No backbone: expected the key `backbone`, or a mapping with `block_str`.")
    return _Reader(backbone).spec(input)


class _Reader:
    """One backbone, read key by key; what nobody asked for ends up in a note."""

    def __init__(self, backbone: Mapping[str, Any]) -> None:
        self.backbone = _plain(backbone, "")
        self.block = _plain(_mapping(backbone.get("block")), "block.")
        self.cell = _plain(_mapping(_mapping(backbone.get("block")).get("cell")), "block.cell.")
        self.notes: list[str] = []
        self.layout = _layout(self.backbone)

    def spec(self, input: Input | str) -> tuple[Spec, tuple[str, ...]]:
        """The document and the notes."""
        fields: dict[str, Any] = {"channels": self.backbone.get("num_of_channels", 32)}
        if self.layout == "soanet":
            count = fields["stages"] = self._count("num_stages")
            fields["downsample"] = self.backbone.get("downsample", True)
        else:
            count = fields["levels"] = self._count("num_resolution_levels")
        if self.layout == "unet":
            fields["gate"] = self.backbone.get("use_unet_attention", True)
        cells = self._cells(count)
        codes = sorted({text[i : i + 2] for text in cells for i in range(0, len(text), 2)})
        options = self._options()
        spec = new(
            self.layout,
            {**fields, **self._links()},
            cells=cells[0] if len(set(cells)) == 1 else cells,
            input=input,
            name=f"SNRAware {self.layout}",
            options=options,
        )
        for code, extra in self._code_options(codes, default()):
            spec = spec.with_code_option(code, **extra)
        self._differences(codes, options)
        self._unread()
        return spec, tuple(self.notes)

    def _count(self, key: str) -> Any:
        """Stages or levels; the original has 2 where the configuration says nothing."""
        value = self.backbone.get(key)
        return 2 if value is None else value

    def _cells(self, count: Any) -> list[str]:
        """One string per level or stage; U-Net's bridge takes the last."""
        given = self.backbone.get("block_str", ["T1L1G1"])
        strings = [given] if isinstance(given, str) else _listed(given)
        if not strings or not all(isinstance(s, str) for s in strings):
            raise _refusal("AL602", "block_str: expected a list of strings.")
        wanted = (count if isinstance(count, int) else len(strings)) + (self.layout == "unet")
        if len(strings) <= wanted:
            return strings
        self.notes.append(f"block_str has {len(strings)} entries, {wanted} are used.")
        return [*strings[: wanted - 1], strings[-1]] if self.layout == "unet" else strings[:wanted]

    def _options(self) -> dict[str, Any]:
        options = {ours: self.cell[theirs] for theirs, ours in CELL_OPTIONS.items() if theirs in self.cell}
        for theirs, ours in (("window_size", "window"), ("patch_size", "patch")):
            if theirs in self.cell:
                options[ours] = _depth_first(self.cell[theirs])
        if "cosine_att" in self.cell:
            options["score"] = "cosine" if self.cell["cosine_att"] else "dot"
        if "cell_type" in self.block:
            options["arrangement"] = self.block["cell_type"]
        dense = self.block.get("block_dense_connection")
        if dense not in (None, False):
            options["dense"] = dense
        return options

    def _links(self) -> dict[str, Any]:
        method = self.cell.get("upsample_method", "linear")
        if method != "linear":
            self.notes.append(f'upsample_method "{method}" is not there: bilinear resampling is used.')
        return {"down": "patch_merge"} | ({} if self.layout == "soanet" else {"up": "interp_conv3"})

    def _code_options(self, codes: list[str], registry: Registry) -> Iterator[tuple[str, dict[str, Any]]]:
        """What only some codes honour: linear projections and mixers, and the fixed heads of V and S."""
        for code in codes:
            extra: dict[str, Any] = {}
            found = registry.cell(code)
            fields = field_types(found[0]) if found else {}
            if self.cell.get("attention_type") == "lin" and code[:1] in ("L", "G"):
                extra["projection"] = "linear"
            fixed = found[1] if found else {}
            if self.cell.get("mixer_type") == "lin" and code[:1] in ("L", "G", "V", "S") and "mixer" not in fixed:
                extra["mixer"] = "linear"
            if code[:1] in ("V", "S") and self.cell.get("n_head", 16) != FIXED_HEADS:
                extra["heads"] = FIXED_HEADS
                self.notes.append(f"{code} gets the {FIXED_HEADS} heads that the original always gives it.")
            extra = {k: v for k, v in extra.items() if not fields or k in fields}
            if extra:
                yield code, extra

    def _differences(self, codes: list[str], options: Mapping[str, Any]) -> None:
        bare = [c for c in codes if c in ("T0", "L0", "G0")]
        if bare:
            self.notes.append(f"{', '.join(bare)}: built without a mixer, as the digit says; the original builds one.")
        biased = [c for c in codes if c[:1] in ("L", "G", "V", "S")]
        if biased and options.get("relative_position", True):
            self.notes.append(
                f"{', '.join(biased)}: the position bias is added inside the softmax; the original adds it after."
            )
        if "lin" in (self.cell.get("mixer_type"), self.block.get("mixer_type")):
            self.notes.append("Linear mixers keep their residual; the original drops it.")
        if self.layout == "unet" and options.get("window_sizing") == "keep_num_window":
            self.notes.append("The way up takes each level's own windows; the original gives it the deepest level's.")
        chained = self.layout == "soanet" and self._count("num_stages") != 1
        if chained and self.backbone.get("downsample", True):
            self.notes.append("Outputs are one map per stage; the original also lists its down-samplers.")

    def _unread(self) -> None:
        """Keys with an effect in the original that nothing here takes over."""
        temporal = _mapping(self.cell.get("temporal"))
        if set(_listed(temporal.get("stride_qk"))) - {1}:
            self.notes.append("temporal.stride_qk is ignored: queries and keys keep the full resolution.")
        if temporal.get("temporal_multi_head_att_on_C_H_W"):
            self.notes.append("temporal_multi_head_att_on_C_H_W is ignored: heads share out the channels.")
        for group in ("spatial_global", "spatial_global_3d"):
            if _mapping(self.cell.get(group)).get("shuffle_in_window"):
                self.notes.append(f"{group}.shuffle_in_window is ignored.")
        known = {
            "": {"_target_", "name", "num_of_channels", "block_str", "block", "num_resolution_levels", "num_stages"}
            | {"use_unet_attention", "downsample"},
            "block.": {"_target_", "cell", "cell_type", "block_dense_connection"},
            "block.cell.": {"_target_", *CELL_OPTIONS, *READ_ELSEWHERE},
        }
        for (where, keys), given in zip(known.items(), (self.backbone, self.block, self.cell), strict=True):
            for key in given:
                if key not in keys and key not in DEAD:
                    self.notes.append(f"{where}{str(key)[:80]} is not known and is ignored.")


def _parse(text: str | bytes) -> Mapping[str, Any]:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise _refusal("AL001", f"The text has {len(raw):,} bytes; the limit is {MAX_BYTES:,}.")
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal("AL002", f"The text is not UTF-8: byte {error.start} cannot be read.") from None
    if not decoded.strip():
        raise _refusal("AL003", "The text is empty.")
    try:
        data = _json_or_yaml(decoded)
    except (ValueError, yaml.YAMLError) as error:
        first = " ".join(str(error).split())[:300]
        raise _refusal("AL603", f"The text is neither YAML nor JSON: {first}") from None
    except RecursionError:
        raise _refusal("AL004", "The text is nested too deep.") from None
    if not isinstance(data, Mapping):
        raise _refusal("AL601", f"Expected a mapping, found {type(data).__name__}.")
    return data


def _json_or_yaml(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:  # JSON with tabs is no YAML, hence both
        return yaml.safe_load(text)


def _layout(backbone: Mapping[str, Any]) -> str:
    """By name, by target class, or by the keys that only one of them has."""
    target = str(backbone.get("_target_", "")).rsplit(".", 1)[-1].removesuffix("Config")
    for word in (str(backbone.get("name", ""))[:80], target[:80]):
        if word.casefold() in LAYOUTS:
            return LAYOUTS[word.casefold()]
    if "use_unet_attention" in backbone:
        return "unet"
    if "num_stages" in backbone:
        return "soanet"
    if "num_resolution_levels" in backbone:
        return "hrnet"
    raise _refusal("AL604", "Which backbone? Expected `name` to be Unet, HRnet or SOAnet.")


def _depth_first(size: Any) -> Any:
    """`[H, W, D]` as `(D, H, W)`; anything else as it is, so that `check` reports it."""
    if isinstance(size, list | tuple) and len(size) == 3:
        height, width, depth = size
        return (depth, height, width)
    return size


def _plain(mapping: Mapping[Any, Any], where: str) -> dict[str, Any]:
    """The mapping with its groups left as they are and every other value a scalar or a short list of scalars."""
    plain = {}
    for key, value in mapping.items():
        if not isinstance(key, str):
            raise _refusal("AL602", f"{where}: every key must be text, found one of type {type(key).__name__}.")
        listed = _listed(value) if isinstance(value, list | tuple) else [value]
        scalars = all(v is None or isinstance(v, str | int | float) for v in listed)
        group = isinstance(value, Mapping) and (key in GROUPS or key in ("block", "cell"))
        if not group and (not scalars or len(listed) > MAX_STAGES):
            raise _refusal("AL602", f"{where}{key[:80]}: expected a number, text, or a list of at most {MAX_STAGES}.")
        if isinstance(value, str) and "${" in value:
            raise _refusal("AL605", f"{where}{key[:80]} is {value[:80]!r}: resolve the configuration before importing.")
        plain[key] = value
    return plain


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _refusal(code: str, message: str) -> ArchlabError:
    return ArchlabError("The configuration cannot be read.", [Diagnostic(code=code, message=message)])
