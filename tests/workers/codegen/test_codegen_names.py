"""Names that are legal whatever the resource is called."""

import keyword

import pytest

from workers.codegen.names import bucket_stem, identifier, plural, resource_names


@pytest.mark.parametrize(
    ("noun", "many"),
    [
        ("user", "users"),
        ("users", "users"),
        ("category", "categories"),
        ("day", "days"),
        ("address", "addresses"),
        ("status", "statuses"),
        ("analysis", "analyses"),
        ("box", "boxes"),
        ("branch", "branches"),
        ("person", "people"),
        ("order_line", "order_lines"),
        ("line_status", "line_statuses"),
        ("y", "ys"),
        ("s", "s"),
        ("is", "is"),
    ],
)
def test_plurals_are_english(noun: str, many: str) -> None:
    assert plural(noun) == many


def test_each_name_has_the_form_of_its_place() -> None:
    names = resource_names("order_line")
    assert (names.noun, names.pascal, names.table, names.path, names.words) == (
        "order_line",
        "OrderLine",
        "order_lines",
        "/order-lines",
        "order line",
    )


@pytest.mark.parametrize("resource", ["type_", "a__b", "x_1__", "x" * 31])
def test_stray_underscores_make_no_odd_names(resource: str) -> None:
    names = resource_names(resource)
    assert "__" not in names.plural and not names.noun.endswith("_")
    assert f"{names.pascal}Record".isidentifier()
    assert f"create_{names.noun}".isidentifier()


def test_a_collection_moves_aside_for_the_api_pages() -> None:
    assert resource_names("doc").path == "/docs-records"


def test_a_table_keeps_out_of_the_names_of_sqlite() -> None:
    assert resource_names("sqlite_master").table == "app_sqlite_masters"


@pytest.mark.parametrize("word", [*keyword.kwlist, *keyword.softkwlist])
def test_no_identifier_is_a_bare_keyword(word: str) -> None:
    names = resource_names(word.lower().strip("_") or "x")
    made = (f"{names.pascal}Record", f"{names.pascal}Write", f"{names.noun}_id")
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in made)


def test_labels_become_identifiers_without_clashes() -> None:
    assert identifier("log-files") == "log_files"


@pytest.mark.parametrize("length", [2, 20, 40])
def test_a_bucket_name_fits_with_the_account_id(length: int) -> None:
    stem = bucket_stem("s" * 40, "b" * length, "production")
    assert len(f"{stem}-123456789012") <= 63


def test_long_bucket_names_that_differ_at_the_end_stay_different() -> None:
    stems = {bucket_stem("s" * 40, f"{'b' * 39}{end}", "staging") for end in "abc"}
    assert len(stems) == 3
