from sandbox.parameters import parse, strings


def test_brackets_make_a_tree() -> None:
    assert parse("limit=20&filter[customer]=a%20b&filter[customFields][size][min]=5") == {
        "limit": "20",
        "filter": {"customer": "a b", "customFields": {"size": {"min": "5"}}},
    }


def test_a_list_has_empty_brackets_or_indexes() -> None:
    tree = parse("a[]=1&a[]=2&b[0]=3&b[1]=4")
    assert (strings(tree["a"]), strings(tree["b"])) == (["1", "2"], ["3", "4"])


def test_of_a_repeated_name_the_last_counts() -> None:
    assert parse("a=1&a=2&b=1&b[c]=2") == {"a": "2", "b": {"c": "2"}}


def test_an_empty_value_is_kept() -> None:
    assert parse("a=&b[]=") == {"a": "", "b": {"0": ""}}
