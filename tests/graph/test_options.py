"""Where a cell's option comes from, strongest first: word, cell, block, code, plan, options, class."""

import pytest

from archlab import hrnet
from archlab.graph import expand
from archlab.parts import catalog


def cell(spec, block="B00", index=0):
    return expand(spec, catalog.default()).graph.node(block).cells[index]


def spec(**options):
    return hrnet(levels=2, channels=16, cells="L1", input="2x4x32x32", **options)


def test_precedence_of_an_ordinary_option():
    here = spec()
    assert cell(here).cell.heads == 16
    here = here.with_option(heads=8)
    assert (cell(here).cell.heads, dict(cell(here).origin)["heads"]) == (8, "options")
    here = here.with_code_option("L1", heads=4)
    assert (cell(here).cell.heads, dict(cell(here).origin)["heads"]) == (4, "code")
    here = here.with_block("B00", options={"heads": 2})
    assert (cell(here).cell.heads, dict(cell(here).origin)["heads"]) == (2, "block")
    here = here.with_block("B00", [{"code": "L1", "heads": 1}])
    assert (cell(here).cell.heads, dict(cell(here).origin)["heads"]) == (1, "cell")
    assert cell(here, "B01").cell.heads == 4


def test_the_window_plan_stands_between_options_and_code_options():
    here = spec(window=(1, 16, 16), window_sizing="keep_num_window")
    assert tuple(cell(here, "B11").cell.window)[1:] == (8, 8)
    assert dict(cell(here, "B11").origin)["window"] == "plan"
    here = here.with_code_option("L1", window=(1, 4, 4))
    assert tuple(cell(here, "B11").cell.window)[1:] == (4, 4)


def test_what_the_code_itself_means_cannot_be_overridden():
    here = spec(mixer="linear").with_cells("L0")
    assert (cell(here).cell.mixer, dict(cell(here).origin)["mixer"]) == ("none", "word")
    here = spec().with_block("B00", [{"code": "L0", "mixer": "conv"}])
    (found,) = [d for d in expand(here, catalog.default()).diagnostics if d.severity == "error"]
    assert (found.code, found.path) == ("AL024", "$.blocks.B00[0].mixer")


def test_an_option_passes_by_where_the_code_fixes_it():
    g = expand(spec(mixer="linear").with_cells("T1L1"), catalog.default()).graph
    assert [c.cell.mixer for c in g.node("B00").cells] == ["conv", "linear"]


def test_an_option_that_a_code_does_not_take_says_where_it_belongs():
    here = spec(mixer="linear").with_cells("C2L1")
    (found,) = [d for d in expand(here, catalog.default()).diagnostics if d.severity == "error"]
    assert (found.code, found.path) == ("AL013", "$.options.mixer")
    assert "C2" in found.message
    assert '"code_options"' in found.hint
    assert "L1" in found.hint


@pytest.mark.parametrize(
    ("change", "path", "hint"),
    [
        (lambda s: s.with_option(headz=3), "$.options.headz", 'Did you mean "heads"?'),
        (lambda s: s.with_option(window_sizing="mixd"), "$.options.window_sizing", 'Did you mean "mixed"?'),
        (lambda s: s.with_option(window_sizing=3), "$.options.window_sizing", "Known: mixed, "),
        (lambda s: s.with_option(level=3), "$.options.level", 'the layout\'s field "levels"?'),
        (lambda s: s.with_option(dense=3), "$.options.dense", ""),
        (lambda s: s.with_code_option("X9", heads=3), "$.code_options.X9", ""),
        (lambda s: s.with_code_option("L1", headz=3), "$.code_options.L1.headz", 'Did you mean "heads"?'),
        (lambda s: s.with_block("B00", options={"headz": 1}), "$.blocks.B00.options.headz", 'Did you mean "heads"?'),
        (lambda s: s.with_block("B00", [{"code": "L1", "hd": 1}]), "$.blocks.B00[0].hd", ""),
        (lambda s: s.with_option(heads=-1), "$.options.heads", ""),
        (lambda s: s.with_option(heads="many"), "$.options.heads", ""),
        (lambda s: s.with_block("B99", "L1"), "$.blocks.B99", ""),
        (lambda s: s.with_compat("snrawar"), "$.compat", 'Did you mean "snraware"?'),
        (lambda s: s.with_link_options("patch_merg", n=1), "$.link_options.patch_merg", 'Did you mean "patch_merge"?'),
        (lambda s: s.with_link_options("patch_merge", dimz=2), "$.link_options.patch_merge.dimz", 'mean "dims"?'),
        (lambda s: s.with_link_options("patch_merge", mode="nearest"), "$.link_options.patch_merge.mode", "have it."),
        (lambda s: s.with_link_options("interp_conv3", mode="cubic"), "$.link_options.interp_conv3.mode", ""),
    ],
)
def test_wrong_options_are_told_with_their_path(change, path, hint):
    found = [d for d in expand(change(spec()), catalog.default()).diagnostics if d.severity == "error"]
    assert [d.path for d in found] == [path]
    assert hint in found[0].hint


def test_a_word_that_is_none_of_those_that_a_field_takes_is_told_with_the_nearest():
    (found,) = expand(spec(norm="batch"), catalog.default()).diagnostics
    assert found.message.endswith('Found the text "batch". Did you mean "batch2d"?')  # the first of equally near ones


def test_stretching_windows_that_are_fixed_is_told_to_have_no_effect():
    (found,) = expand(spec(window_sizing="fixed", stretch=True, heads=2), catalog.default()).diagnostics
    assert (found.code, found.severity, found.path) == ("AL016", "warning", "$.options.stretch")


def test_dense_comes_from_the_block_or_from_all_blocks():
    g = expand(spec(dense=True).with_block("B01", "L1", dense=False), catalog.default()).graph
    assert [g.node(id).dense for id in ("B00", "B01", "B11")] == [True, False, True]


def test_a_short_list_of_cells_repeats_its_last_and_a_long_one_is_told():
    g = expand(hrnet(levels=3, channels=8, cells=["C2", "C2C2"], input="1x16x16"), catalog.default()).graph
    assert [g.node(id).text for id in ("B00", "B11", "B22")] == ["C2", "C2C2", "C2C2"]
    found = expand(hrnet(levels=2, channels=8, cells=["C2"] * 5, input="1x16x16"), catalog.default()).diagnostics
    assert [(d.code, d.severity) for d in found] == [("AL031", "warning")]
