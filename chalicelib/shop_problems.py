"""Whether the tables of a shop file fit together. Each problem names the key and the fix."""

import re

from chalicelib.assignment import settings as assignment_settings
from chalicelib.checks.endpoints import settings as endpoint_settings
from chalicelib.config_types import written
from chalicelib.errors import ConfigurationError
from chalicelib.scenario import problems as scenario_problems
from chalicelib.settings import Shop

SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def problems_of(shop: Shop) -> list[ConfigurationError]:
    """What does not fit together; empty if all is well."""
    names = {person.name for person in shop.people}
    return [
        *(_source_name(name) for name in shop.sources if not SOURCE_NAME.fullmatch(name)),
        *_people_problems(shop),
        *_without_gateway(shop),
        *assignment_settings.problems(shop.duty, shop.assignment, shop.people),
        *_unknown_steps(shop),
        *_marketing_without_asking(shop),
        *endpoint_settings.problems(shop.endpoints, shop.test_leads, names, shop.sources),
        *_unknown_responsible(shop),
        *_asked_in_vain(shop),
        *_alert_problems(shop),
        *_scenario_problems(shop),
        *_too_late_in_the_morning(shop),
    ]


def _source_name(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"sources.{name}", "the name stands in a URL", "Use lower-case letters, digits and hyphens"
    )


def _people_problems(shop: Shop) -> list[ConfigurationError]:
    performers = {person.name for person in shop.people if person.crm_user}
    nobody = ConfigurationError(
        "people", "nobody has a crm_user, and tasks need a performer", "Give one of them a crm_user"
    )
    return [
        *([] if performers else [nobody]),
        *(
            ConfigurationError(
                f"people.{number}.boss",
                f"there is no {person.boss} with a crm_user",
                "Write the name as it stands at that person, and give them a crm_user",
            )
            for number, person in enumerate(shop.people)
            if person.boss and person.boss not in performers
        ),
    ]


def _without_gateway(shop: Shop) -> list[ConfigurationError]:
    sending = {"rules.sms": shop.rules.sms, "messages": list(shop.messages.sent_by_themselves())}
    return [
        ConfigurationError(
            "sms", f"there is no gateway, but [{table}] sends messages", "Add [sms], or empty that"
        )
        for table, sends in sending.items()
        if sends and shop.sms is None
    ]


def _too_late_in_the_morning(shop: Shop) -> list[ConfigurationError]:
    quiet = shop.client_time.quiet
    if shop.sms is None or quiet is None or quiet.longest < shop.rules.sms_valid:
        return []
    return [
        ConfigurationError(
            "rules.sms_valid",
            "shorter than the quiet hours: what an evening brings would be too late in the morning",
            "Make it longer, or client_time.quiet shorter",
        )
    ]


def _alert_problems(shop: Shop) -> list[ConfigurationError]:
    preferences = {person.name: person.channels for person in shop.people}
    problems = [
        ConfigurationError(key, problem, "Correct this name, or add what it names")
        for key, problem in shop.alerts.problems(preferences)
    ]
    if shop.alerts.sms is not None and shop.sms is None:
        problems.append(
            ConfigurationError("alerts.sms", "there is no gateway for messages", "Add the table [sms]")
        )
    return problems


def _scenario_problems(shop: Shop) -> list[ConfigurationError]:
    if shop.scenario is None:
        return []
    codes = shop.crm.codes
    problems = scenario_problems.problems(shop.scenario)
    if codes.new in shop.scenario.statuses and codes.new not in shop.scenario.begin:
        problems.append(
            ConfigurationError(
                "scenario.begin",
                f"without {codes.new}, in which we make orders (crm.codes.new)",
                "Add it",
            )
        )
    uses = [
        ("crm.codes.new", codes.new),
        *(("crm.codes.unprocessed", status) for status in sorted(codes.unprocessed)),
        *((f"crm.parcel_statuses.{key}", status) for key, status in shop.crm.parcel_statuses.items()),
        *((f"messages.order_statuses.{status}", status) for status in shop.messages.order_statuses),
        *shop.production.statuses,
    ]
    return problems + scenario_problems.unknown_uses(shop.scenario, uses)


def _marketing_without_asking(shop: Shop) -> list[ConfigurationError]:
    by_parcel = ((f"rules.sms.{status}", text) for status, text in shop.sms_templates.items())
    return [
        ConfigurationError(
            key,
            f"{text} is marketing, and goes out by hand or by a trigger alone",
            "Name another text, or take it off messages.marketing",
        )
        for key, text in (*by_parcel, *shop.messages.sent_by_themselves())
        if text in shop.messages.marketing
    ]


def _unknown_steps(shop: Shop) -> list[ConfigurationError]:
    ladders = (shop.ladders.stalled_pickup, *shop.ladders.couriers.values())
    steps = frozenset(step for ladder in ladders for step in ladder)
    return [
        ConfigurationError(
            f"messages.pickup_reminders.{written(step)}",
            "there is no such step on [ladders] stalled_pickup, nor on any courier's",
            "Write one of the steps",
        )
        for step in shop.messages.unknown_steps(steps)
    ]


def _unknown_responsible(shop: Shop) -> list[ConfigurationError]:
    names = {"", *(person.name for person in shop.people)}
    return [
        ConfigurationError(
            f"subscriptions.{number}.responsible",
            f"there is nobody with the name {subscription.responsible!r}",
            "Write a name as [[people]] has it",
        )
        for number, subscription in enumerate(shop.subscriptions)
        if subscription.responsible not in names
    ]


def _asked_in_vain(shop: Shop) -> list[ConfigurationError]:
    return [
        ConfigurationError(
            "request_form.sources",
            f"{name} cannot reply" if name in shop.sources else f"there is no source {name}",
            "Name messengers that have a token to reply with",
        )
        for name in sorted(shop.request_form.sources if shop.request_form else ())
        if name not in shop.sources or not shop.sources[name].can_reply
    ]
