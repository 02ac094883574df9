"""What a month of such a shop is made of. Nobody published such figures: these are assumptions."""

from collections.abc import Mapping

WAYS: Mapping[str, float] = {
    "form": 0.45,
    "missed call": 0.20,
    "answered call": 0.17,
    "message": 0.13,
    "missed call, then a form": 0.05,
}
"""How orders begin."""

WAYS_OF_REPEAT_CLIENTS: Mapping[str, float] = {"form": 0.7, "answered call": 0.3}
"""Those whose calls nobody takes have an order already, and make no other one."""

ANSWERS: Mapping[str, float] = {"soon": 0.90, "late": 0.06, "very late": 0.04}
"""How soon somebody looks at a new order."""

ENDS: Mapping[str, float] = {"sold": 0.74, "cancelled": 0.26}
"""What becomes of it."""

PARCELS: Mapping[str, float] = {
    "collected at once": 0.56,
    "collected before the first reminder": 0.20,
    "collected after the first reminder": 0.10,
    "collected after the second reminder": 0.03,
    "refused": 0.08,
    "waits to the month's end": 0.03,
}
"""What becomes of a parcel at its pickup point."""

REPEAT_CLIENTS = 0.12
"""Orders of somebody who ordered before in this month."""

ANOTHER_PHONE = 0.15
"""Of those: who has another phone now, and the same e-mail address."""

SOMEBODYS_MAILBOX = 0.2
"""Of those: who gives the e-mail address of another client from now on, as families do."""

SECOND_CARD = 0.1
"""Of those: for whom a manager has made a second card meanwhile."""

SAME_FORM_TWICE = 0.04
"""Clients who send the form again within a few minutes."""

DELIVERED_TWICE = 0.06
"""Webhooks that come once more."""

CALLS_AGAIN = 0.15
"""Clients with an order under way whose call nobody took."""

WRITES_AGAIN = 0.5
"""Clients of a messenger who go on in a second message; half of them within the first minutes."""

NO_TRIGGER, TWO_TRIGGERS = 0.35, 0.10
"""Of an order's new status the CRM's trigger says nothing, or says it twice."""

LATE_TRIGGER = 0.05
"""It comes (again) when all was told long ago."""

PARCEL_NEWS_LATE, PARCEL_NEWS_TWICE = 0.06, 0.20

BY_COLLEAGUE = 0.1
"""Steps of an order that somebody else than its manager makes."""

PERSON_DOES_IT = 0.25
"""Tasks of ours that a manager completes, rewords or hands on by themselves."""

OUTAGES, OUTAGE_MINUTES = 6, (4, 50)
"""How often the CRM is away by day, and for how long; besides one night."""

LEFT_TO_WHO_IS_GONE = 0.01
"""Orders that still belong to a manager who has left the shop."""

WORKSHOP = 0.75
"""Orders that the workshop's own system tells of; of the others a manager does."""

PROMISED, COMMENTED, ASKED = 0.5, 0.15, 0.3
"""How often the workshop says by which day, says something, or asks something."""

IN_CRM = 0.3
"""Of what the workshop asks and promises, and of what it says is ready: in the CRM, not by its own system."""

ASKED_BY_STATUS = 0.5
"""Of the questions in the CRM; the others are written in the order's field."""

PUT_BACK = 0.6
"""Of the orders that wait in the status for questions: which somebody puts back to those that are made."""

ANOTHER_DAY, NO_DAY = 0.3, 0.15
"""Of the days in the CRM: another one is written there later, or the field is emptied."""

READY_EARLY = 0.03
"""Orders of which the workshop says that they are ready before anybody has given them to it."""

ANSWERED_BY_FIELD = 0.6
"""The others answer with the task."""

COURIERS = 0.15
"""Orders that a courier brings; all others are collected at pickup points."""

MADE_TO_ORDER = 0.6
"""Goods of which more must be known than their name."""

NOT_REACHED = 0.12
"""New clients who do not take the phone when they are called."""

SLIPS: Mapping[str, float] = {
    "phone": 0.2,
    "name": 0.06,
    "items": 0.03,
    "price": 0.03,
    "options": 0.06,
    "delivery": 0.04,
    "prepayment": 0.07,
    "address": 0.06,
    "reason": 0.25,
    "jump": 0.04,
}
"""How often a manager forgets this where it is due. Of the phone: of clients who wrote and gave none."""

MENDED = 0.7
"""Mistakes that somebody mends before the order goes on."""
