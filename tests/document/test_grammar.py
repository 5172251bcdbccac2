"""The cell-string grammar: whole words, positions in every error."""

from hypothesis import given
from hypothesis import strategies as st

from archlab.document.grammar import words
from archlab.document.limits import MAX_CELLS

CODES = ("C2", "T0", "T1", "L1", "G1", "Sh", "S3")


def test_splits_into_whole_words_with_positions():
    found, faults = words("T1L1G1", CODES)
    assert [(w.code, w.span, w.known) for w in found] == [
        ("T1", (0, 2), True),
        ("L1", (2, 4), True),
        ("G1", (4, 6), True),
    ]
    assert faults == []


def test_an_unknown_word_is_told_with_its_position_and_the_nearest_code():
    found, faults = words("T1t1", CODES, "$.blocks.B12", "B12")
    assert [w.known for w in found] == [True, False]
    (fault,) = faults
    assert (fault.code, fault.span, fault.node, fault.path) == ("AL022", (2, 4), "B12", "$.blocks.B12")
    assert fault.message == '"t1" at character 3 is not a known code.'
    assert fault.hint == 'Did you mean "T1"?'


def test_the_second_character_is_never_read_alone():
    # Sh and S3 are words; "s3" and "S" are none
    assert not words("ShS3", CODES)[1]
    assert [f.code for f in words("s3", CODES)[1]] == ["AL022"]


def test_half_a_code_at_the_end():
    (fault,) = words("T1L", CODES)[1]
    assert (fault.code, fault.span) == ("AL021", (2, 3))
    assert fault.message == '"L" at character 3 is half a code: codes have two characters.'
    assert fault.hint == 'Did you mean "L1"?'


def test_empty_and_too_long():
    assert [f.code for f in words("", CODES)[1]] == ["AL020"]
    assert [f.code for f in words("C2" * (MAX_CELLS + 1), CODES)[1]] == ["AL023"]
    assert len(words("C2" * MAX_CELLS, CODES)[0]) == MAX_CELLS


@given(st.lists(st.sampled_from(CODES), min_size=1, max_size=40))
def test_every_string_of_codes_reads_back(codes):
    found, faults = words("".join(codes), CODES)
    assert [w.code for w in found] == codes
    assert faults == []


@given(st.text(max_size=60))
def test_any_text_is_covered_by_words_and_faults(text):
    found, faults = words(text, CODES)
    assert "".join(w.code for w in found) == text
    assert len(faults) == (sum(not w.known for w in found) if text else 1)
