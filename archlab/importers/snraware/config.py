"""SNRAware's resolved configuration: read, bounded, and cut into its three groups of settings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any

import msgspec
import yaml

from archlab.document.diagnostics import ArchlabError, Diagnostic
from archlab.document.limits import MAX_BYTES, MAX_STAGES
from archlab.text.numbers import exact

LAYOUTS = {"unet": "unet", "hrnet": "hrnet", "soanet": "soanet"}
GROUPS = {"temporal", "spatial_local", "spatial_global", "convoluation", "spatial_local_3d", "spatial_global_3d"} | {
    "spatial_vit",
    "vit_3d",
    "swin_3d",
}


class Config(msgspec.Struct, frozen=True):
    """The settings of one backbone; every value is a scalar or a short list of scalars, but for the groups."""

    layout: str
    backbone: Mapping[str, Any]
    block: Mapping[str, Any]
    cell: Mapping[str, Any]

    def group(self, name: str) -> Mapping[str, Any]:
        """A group of the cell's settings, such as `temporal`."""
        return mapping(self.cell.get(name))

    @property
    def count(self) -> Any:
        """Levels, or stages of a chain; the original has 2 where the configuration says nothing."""
        value = self.backbone.get("num_stages" if self.layout == "soanet" else "num_resolution_levels")
        return 2 if value is None else value


def read_config(source: str | bytes | Mapping[str, Any]) -> Config:
    """The settings in a text (YAML or JSON) or mapping with the key `backbone`, or in the backbone's own mapping.

    Raises:
        ArchlabError: the text cannot be read, holds no backbone, or values of other types than a configuration has.
    """
    given = source if isinstance(source, Mapping) else _parse(source)
    backbone = given.get("backbone", given)
    if not isinstance(backbone, Mapping) or not ({"block_str", "num_of_channels", "block"} & set(backbone)):
        raise refusal("AL601", "No backbone: expected the key `backbone`, or a mapping with `block_str`.")
    plain = _plain(backbone, "", {"block"})
    block = _plain(mapping(plain.get("block")), "block.", {"cell"})
    cell = _plain(mapping(block.get("cell")), "block.cell.", GROUPS)
    for name in GROUPS & cell.keys():
        if isinstance(cell[name], Mapping):
            cell[name] = _plain(cell[name], f"block.cell.{name}.", set())
    return Config(_layout(plain), plain, block, cell)


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, an empty one otherwise."""
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> list[Any]:
    """The value as a list where it is one, an empty one otherwise."""
    return list(value) if isinstance(value, list | tuple) else []


def refusal(code: str, message: str) -> ArchlabError:
    """Why a configuration cannot be read."""
    return ArchlabError("The configuration cannot be read.", [Diagnostic(code=code, message=message)])


def _parse(text: str | bytes) -> Mapping[str, Any]:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise refusal("AL001", f"The text has {exact(len(raw))} bytes; the limit is {exact(MAX_BYTES)}.")
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal("AL002", f"The text is not UTF-8: byte {error.start} cannot be read.") from None
    if not decoded.strip():
        raise refusal("AL003", "The text is empty.")
    try:
        data = _json_or_yaml(decoded)
    except (ValueError, yaml.YAMLError) as error:
        first = " ".join(str(error).split())[:300]
        raise refusal("AL603", f"The text is neither YAML nor JSON: {first}") from None
    except RecursionError:
        raise refusal("AL004", "The text is nested too deep.") from None
    if not isinstance(data, Mapping):
        raise refusal("AL601", f"Expected a mapping, found {type(data).__name__}.")
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
    raise refusal("AL604", "Which backbone? Expected `name` to be Unet, HRnet or SOAnet.")


def _plain(given: Mapping[Any, Any], where: str, groups: Set[str]) -> dict[str, Any]:
    """The mapping with its groups left as they are and every other value a scalar or a short list of scalars."""
    plain = {}
    for key, value in given.items():
        if not isinstance(key, str):
            raise refusal("AL602", f"{where}: every key must be text, found one of type {type(key).__name__}.")
        values = listed(value) if isinstance(value, list | tuple) else [value]
        scalars = all(v is None or isinstance(v, str | int | float) for v in values)
        group = isinstance(value, Mapping) and key in groups
        if key in groups & {"block", "cell"} and not group and value is not None:
            raise refusal("AL602", f"{where}{key}: expected a mapping, found {type(value).__name__}.")
        if not group and (not scalars or len(values) > MAX_STAGES):
            raise refusal("AL602", f"{where}{key[:80]}: expected a number, text, or a list of at most {MAX_STAGES}.")
        left = next((v for v in values if isinstance(v, str) and "${" in v), None)
        if left is not None:
            raise refusal("AL605", f"{where}{key[:80]} is {left[:80]!r}: resolve the configuration before importing.")
        plain[key] = value
    return plain
