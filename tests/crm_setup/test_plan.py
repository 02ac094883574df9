"""What is wanted against what is there. A second, plainer reading of the same rules stands in ``applied``."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.crm.account import (
    Account,
    Entry,
    MakeField,
    MakeMethod,
    MakeStatus,
    Module,
    OrderField,
    RegisterTelephony,
    Status,
    Step,
)
from chalicelib.crm.port import User
from chalicelib.crm.setup.needs import (
    Need,
    NeededField,
    NeededMethod,
    NeededStatus,
    NeededUser,
    Wanted,
)
from chalicelib.crm.setup.plan import Plan, described, plan, write_scope

SCOPES = ("reference_write", "custom_fields_write", "integration_write", "order_read", "file_write")
CODES = st.sampled_from(["new", "cutting", "sewing", "sent", "done"])
GROUPS = st.sampled_from(["new", "assembling", "cancel"])
KEYS = ("somewhere",)


def unique(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=5, unique_by=lambda item: item.code).map(tuple)


def maybe(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | items


ENTRIES = unique(st.builds(Entry, code=CODES, name=st.just("Имя"), is_active=st.booleans()))
NEEDS = unique(st.builds(Need, code=CODES, keys=st.just(KEYS)))
EXTENSIONS = st.dictionaries(st.sampled_from(["101", "102"]), st.integers(1, 3), max_size=2)
WANTED = st.builds(
    Wanted,
    statuses=unique(
        st.builds(
            NeededStatus,
            code=CODES,
            keys=st.just(KEYS),
            name=st.just("Новое имя"),
            group=st.just("") | GROUPS,
        )
    ),
    groups=NEEDS,
    methods=unique(st.builds(NeededMethod, code=CODES, keys=st.just(KEYS), name=st.just("Новое имя"))),
    fields=unique(
        st.builds(
            NeededField,
            code=CODES,
            keys=st.just(KEYS),
            types=st.sampled_from([(), ("string", "text"), ("text", "string")]),
        )
    ),
    stores=NEEDS,
    delivery_types=NEEDS,
    users=st.just((NeededUser(id=1, name="Анна"),)),
    site=st.sampled_from(["", "tents"]),
    timezone=st.just("Europe/Moscow"),
    extensions=maybe(EXTENSIONS),
    scopes=st.just({"order_read": "to find orders"}),
)
ACCOUNTS = st.builds(
    Account,
    scopes=maybe(st.frozensets(st.sampled_from(SCOPES))),
    timezone=st.sampled_from(["", "Europe/Moscow", "Asia/Tomsk"]),
    sites=maybe(st.frozensets(st.sampled_from(["tents", "covers"]))),
    groups=maybe(st.frozensets(GROUPS)),
    statuses=maybe(
        unique(
            st.builds(Status, code=CODES, group=GROUPS, ordering=st.integers(0, 100), is_active=st.booleans())
        )
    ),
    methods=maybe(ENTRIES),
    fields=maybe(unique(st.builds(OrderField, code=CODES, type=st.sampled_from(["string", "date"])))),
    stores=maybe(ENTRIES),
    delivery_types=maybe(ENTRIES),
    users=maybe(st.sampled_from([(), (User(id=1),), (User(id=1, is_active=False),)])),
    modules=maybe(
        st.just(())
        | st.builds(Module, is_active=st.booleans(), extensions=EXTENSIONS).map(lambda module: (module,))
    ),
)


def applied(account: Account, step: Step) -> Account:
    """The account after a step, as the CRM would have it."""
    match step:
        case MakeMethod():
            part: dict[str, object] = {
                "methods": (*(account.methods or ()), Entry(code=step.code, name=step.name))
            }
        case MakeStatus():
            status = Status(code=step.code, name=step.name, group=step.group, ordering=step.ordering)
            part = {"statuses": (*(account.statuses or ()), status)}
        case MakeField():
            part = {"fields": (*(account.fields or ()), OrderField(code=step.code, type=step.type))}
        case RegisterTelephony():
            part = {"modules": (Module(extensions=step.extensions),)}
    return account.model_copy(update=part)


def after(account: Account, done: Plan, steps: int | None = None) -> Account:
    for step in done.steps[:steps]:
        account = applied(account, step)
    return account


@given(WANTED, ACCOUNTS)
def test_what_is_carried_out_leaves_nothing_to_do_and_nothing_worse(wanted: Wanted, account: Account) -> None:
    first = plan(wanted, account)
    second = plan(wanted, after(account, first))
    assert second.steps == ()
    assert second.troubles == first.troubles
    assert second.remarks == first.remarks


@given(WANTED, ACCOUNTS, st.integers(0, 10))
def test_an_interrupted_run_is_gone_on_with(wanted: Wanted, account: Account, done: int) -> None:
    first = plan(wanted, account)
    rest = plan(wanted, after(account, first, done))
    assert rest.steps == first.steps[done:]


@given(WANTED, ACCOUNTS)
def test_no_step_touches_what_is_there(wanted: Wanted, account: Account) -> None:
    there = {
        MakeStatus: {status.code for status in account.statuses or ()},
        MakeMethod: {method.code for method in account.methods or ()},
        MakeField: {field.code for field in account.fields or ()},
    }
    for step in plan(wanted, account).steps:
        if isinstance(step, RegisterTelephony):
            assert all(module.is_active for module in account.modules or ())
        else:
            assert step.code not in there[type(step)]


@given(WANTED, ACCOUNTS)
def test_no_step_needs_what_the_key_may_not_do(wanted: Wanted, account: Account) -> None:
    for step in plan(wanted, account).steps:
        assert account.scopes is None or write_scope(step) in account.scopes
        if isinstance(step, MakeStatus):
            assert step.group in (account.groups or ())


@given(WANTED, ACCOUNTS)
def test_each_thing_that_is_wanted_is_there_or_made_or_told(wanted: Wanted, account: Account) -> None:
    found = plan(wanted, account)
    told = " ".join(
        (*(trouble.what + trouble.fix for trouble in found.troubles), *map(described, found.steps))
    )
    for kind, needs, present in (
        ("status", wanted.statuses, account.statuses),
        ("order method", wanted.methods, account.methods),
        ("order field", wanted.fields, account.fields),
        ("store", wanted.stores, account.stores),
        ("way of delivery", wanted.delivery_types, account.delivery_types),
    ):
        codes = None if present is None else {each.code for each in present}
        for need in needs:
            if codes is None:
                assert "_read, to look what is there" in told
            elif need.code not in codes:
                assert f"{kind} {need.code}" in told


WHOLE = Account(
    timezone="Europe/Moscow",
    sites=frozenset({"tents"}),
    groups=frozenset({"new", "assembling", "cancel"}),
    statuses=(
        Status(code="new", group="new", ordering=10),
        Status(code="sewing", group="assembling", ordering=50),
    ),
    methods=(Entry(code="phone"),),
    fields=(OrderField(code="color", type="string"),),
    stores=(Entry(code="main"),),
    delivery_types=(Entry(code="cdek"),),
    users=(User(id=1), User(id=2, is_active=False)),
    modules=(),
)


def troubles(wanted: Wanted, **account: object) -> list[str]:
    found = plan(wanted, WHOLE.model_copy(update=account))
    assert found.steps == ()
    return [trouble.what for trouble in found.troubles]


def a_status(code: str, group: str = "", key: str = "crm.codes.new") -> Wanted:
    return Wanted(
        statuses=(NeededStatus(code=code, keys=(key,), name="Раскрой", group=group),),
        timezone="Europe/Moscow",
    )


def test_new_statuses_stand_at_the_end_of_their_group() -> None:
    wanted = Wanted(
        statuses=tuple(
            NeededStatus(code=code, keys=KEYS, name=code, group=group)
            for code, group in (("cutting", "assembling"), ("packing", "assembling"), ("lost", "cancel"))
        ),
        timezone="Europe/Moscow",
    )
    steps = plan(wanted, WHOLE).steps
    assert [(step.code, step.ordering) for step in steps if isinstance(step, MakeStatus)] == [
        ("cutting", 60),
        ("packing", 70),
        ("lost", 10),
    ]


def test_a_status_of_which_only_the_code_is_known_is_not_made() -> None:
    assert troubles(a_status("nwe")) == ["status nwe (crm.codes.new) is not in the CRM"]


def test_a_status_of_a_group_that_is_not_there_is_not_made() -> None:
    found = plan(a_status("cutting", "workshop"), WHOLE)
    assert found.steps == ()
    assert [trouble.fix for trouble in found.troubles] == ["Make its group workshop in the CRM first"]


def test_a_status_that_a_person_put_elsewhere_is_a_remark_alone() -> None:
    found = plan(a_status("sewing", "cancel"), WHOLE)
    assert (found.steps, found.troubles) == ((), ())
    assert found.remarks == ("status sewing is in the group assembling; scenario.toml says cancel",)


def test_what_is_switched_off_is_told_and_not_switched_on() -> None:
    off = (Status(code="new", group="new", is_active=False),)
    assert troubles(a_status("new"), statuses=off) == [
        "status new (crm.codes.new) is switched off in the CRM"
    ]


def test_a_key_without_the_right_to_write_leaves_it_to_a_person() -> None:
    found = plan(a_status("cutting", "assembling"), WHOLE.model_copy(update={"scopes": frozenset()}))
    assert found.steps == ()
    assert [trouble.what for trouble in found.troubles] == [
        "missing in the CRM: status cutting: “Раскрой”, in the group assembling"
    ]
    assert "reference_write" in found.troubles[0].fix


def test_the_rights_that_the_shop_needs() -> None:
    wanted = Wanted(timezone="Europe/Moscow", scopes={"order_read": "to find orders"})
    assert troubles(wanted, scopes=frozenset({"order_read"})) == []
    assert troubles(wanted, scopes=None) == []
    assert troubles(wanted, scopes=frozenset()) == ["the key lacks the right order_read, to find orders"]


def test_the_shop_and_the_zone() -> None:
    wanted = Wanted(timezone="Europe/Moscow", site="covers")
    assert troubles(wanted) == ["the key sees no shop covers; it sees: tents"]
    nameless = Wanted(timezone="Europe/Moscow")
    assert troubles(nameless) == []
    several = {"sites": frozenset({"tents", "covers"})}
    assert troubles(nameless, **several) == ["the key sees several shops: covers, tents"]
    elsewhere = Wanted(timezone="Asia/Tomsk")
    assert troubles(elsewhere) == [
        "the account's time zone is Europe/Moscow, crm.timezone is Asia/Tomsk: each time would be wrong"
    ]
    assert troubles(elsewhere, timezone="") == []


def test_people_who_cannot_get_tasks() -> None:
    people = tuple(NeededUser(id=number, name=f"Person {number}") for number in (1, 2, 3))
    assert troubles(Wanted(timezone="Europe/Moscow", users=people)) == [
        "Person 2 is user 2, who may no longer log in to the CRM",
        "Person 3 is user 3, whom the CRM does not have",
    ]


def test_a_field_of_a_type_that_will_not_do() -> None:
    field = NeededField(code="color", keys=("crm.visitor_fields.yclid",), types=("string", "text"))
    wanted = Wanted(timezone="Europe/Moscow", fields=(field,))
    assert troubles(wanted) == []
    dated = (OrderField(code="color", type="date"),)
    assert troubles(wanted, fields=dated) == [
        "order field color (crm.visitor_fields.yclid) is of the type date, and has to be string or text"
    ]


def test_telephony_is_registered_once_and_kept_up_to_date_unless_a_person_switched_it_off() -> None:
    wanted = Wanted(timezone="Europe/Moscow", extensions={"101": 1})

    def steps(*modules: Module) -> tuple[Step, ...]:
        return plan(wanted, WHOLE.model_copy(update={"modules": modules})).steps

    assert steps() == (RegisterTelephony(extensions={"101": 1}, is_new=True),)
    assert steps(Module(extensions={"101": 1})) == ()
    assert steps(Module(extensions={"102": 1})) == (RegisterTelephony(extensions={"101": 1}, is_new=False),)
    off = Module(is_active=False)
    assert troubles(wanted, modules=(off,)) == ["our telephony is switched off in the CRM: it refuses calls"]
    assert plan(Wanted(timezone="Europe/Moscow"), WHOLE).steps == ()
