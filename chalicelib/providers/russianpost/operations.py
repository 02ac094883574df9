"""What an operation of Russian Post says about a parcel: by its type and attribute, such as ``8/2``.

Where a type is the same for all its attributes, it stands as ``8/*``. Names of the operations are in the SDK
``lapaygroup/RussianPost`` (src/StatusList.php, commit 284dc41); which is which in the official dictionary.
"""

from chalicelib.events import ParcelReason, ParcelStatus

PARTLY_RETURNED = "3/15"
"""The client bought a part; the rest goes back."""

STAGES = {
    ParcelStatus.CREATED: "20/* 27/* 28/* 37/*",
    ParcelStatus.IN_TRANSIT: """
        1/* 4/* 5/3 8/0 8/1 8/3 8/4 8/5 8/6 8/7 8/8 8/11 8/12 8/13 8/17 8/19 8/20 8/26 8/29 8/30 8/31
        8/32 8/44 8/49 8/51 8/54 8/55 8/64 8/68 8/69 8/70 8/71 8/72 8/73 8/75 8/76 8/77 9/* 10/* 11/*
        13/* 14/* 19/* 29/* 30/* 31/* 32/* 33/* 39/* 40/* 41/*
    """,
    ParcelStatus.IN_CITY: "8/22",
    ParcelStatus.COURIER: "8/15 8/18",
    # After a warning or an extension it waits as before.
    ParcelStatus.WAITING: """
        6/1 6/2 6/3 6/4 6/5 8/2 8/9 8/10 8/14 8/23 8/27 8/28 8/33 8/35 8/37 8/38 8/39 8/42 8/43 8/56 8/57 8/58
        8/59 8/60 8/62 8/74
    """,
    ParcelStatus.ATTEMPT_FAILED: "12/* 22/* 42/*",
    ParcelStatus.DELIVERED: """
        2/1 2/3 2/5 2/6 2/8 2/10 2/11 2/12 2/13 2/15 2/17 2/18 2/19 2/21 2/23 2/25 2/26 2/27 21/1 21/2 21/3
    """,
    ParcelStatus.PARTIAL: PARTLY_RETURNED,
    # 8/40: the storage is over, and 3/1 follows; 8/41: the return is packed.
    ParcelStatus.RETURNING: "3/* 8/40 8/41",
    # Handed over, but to the sender.
    ParcelStatus.RETURNED: "2/2 2/4 2/7 2/9 2/16 2/20 2/22 2/24 2/28 2/29 2/30 2/31",
    ParcelStatus.CANCELLED: "26/1",
    ParcelStatus.LOST: "5/1 5/2 16/* 17/* 18/*",
    # 15/*: nobody came for it, and it is in a store from which it can still be had.
    ParcelStatus.PROBLEM: "5/8 7/* 8/47 8/65 14/4 14/9 14/14 14/17 14/20 15/* 23/* 38/*",
}
STATUSES = {code: status for status, codes in STAGES.items() for code in codes.split()}

SAYS_NOTHING = frozenset(
    {
        "2/14",
        "8/16",
        "8/21",
        "8/24",
        "8/25",
        "8/34",
        "8/36",
        "8/48",
        "8/50",
        "8/52",
        "8/53",
        "8/61",
        "8/63",
        "8/66",
        "8/67",
        "8/78",
        "25/*",
        "26/2",
        "34/*",
        "35/*",
        "36/*",
    }
)
"""Notes, notices and applications: the parcel is where it was. 26/2 takes back an operation, not a parcel."""

DAYS_LEFT = {"8/27": 25, "8/28": 5, "8/33": 23, "8/35": 10, "8/42": 1, "8/43": 2, "8/56": 2, "8/10": 1}
"""How long it still waits. A locker's warning, 8/10, does not say it: we take the shortest."""

EXTENDED = frozenset({"6/4", "6/5", "8/23", "8/37", "8/38"})
"""It waits longer than it would, and nobody says until when."""

FAILED = {
    "1": ParcelReason.ABSENT,
    "3": ParcelReason.WRONG_ADDRESS,
    "4": ParcelReason.WRONG_ADDRESS,
    "5": ParcelReason.MOVED_AWAY,
    "6": ParcelReason.REFUSED,
    "10": ParcelReason.ABSENT,
    "12": ParcelReason.STORAGE_OVER,
    "13": ParcelReason.ASKED_BY_SHOP,
    "14": ParcelReason.DAMAGED,
    "16": ParcelReason.MOVED_AWAY,
    "18": ParcelReason.NOT_SERVED,
    "19": ParcelReason.CUSTOMS,
    "21": ParcelReason.NO_ANSWER,
    "24": ParcelReason.CUSTOMS,
    "28": ParcelReason.LOST,
}
"""Of a failed attempt, by its attribute."""

REASONS = {
    **{f"{kind}/{attribute}": reason for kind in ("12", "42") for attribute, reason in FAILED.items()},
    "3/1": ParcelReason.STORAGE_OVER,
    "3/2": ParcelReason.ASKED_BY_SHOP,
    "3/3": ParcelReason.ABSENT,
    "3/4": ParcelReason.REFUSED,
    "3/6": ParcelReason.WRONG_ADDRESS,
    "3/7": ParcelReason.CUSTOMS,
    "3/8": ParcelReason.WRONG_ADDRESS,
    "3/9": ParcelReason.OTHER,
    "3/10": ParcelReason.WRONG_ADDRESS,
    "3/11": ParcelReason.WRONG_GOODS,
    "3/13": ParcelReason.CUSTOMS,
    "3/18": ParcelReason.CLOSED,
    "3/20": ParcelReason.NO_ENTRY,
    "3/22": ParcelReason.WRONG_ADDRESS,
    "3/23": ParcelReason.DAMAGED,
    "5/1": ParcelReason.LOST,
    "5/8": ParcelReason.CUSTOMS,
    "7/2": ParcelReason.STORAGE_OVER,
    "8/40": ParcelReason.STORAGE_OVER,
    "8/65": ParcelReason.NOT_FOUND,
    "14/4": ParcelReason.CUSTOMS,
    "14/9": ParcelReason.CUSTOMS,
    "14/14": ParcelReason.CUSTOMS,
    "14/17": ParcelReason.CUSTOMS,
    "14/20": ParcelReason.CUSTOMS,
    "15/0": ParcelReason.STORAGE_OVER,
    "16/0": ParcelReason.DISPOSED,
    "17/0": ParcelReason.DISPOSED,
    "18/0": ParcelReason.LOST,
    "22/2": ParcelReason.WRONG_ADDRESS,
    "22/4": ParcelReason.WRONG_ADDRESS,
    "22/5": ParcelReason.REFUSED,
    "22/6": ParcelReason.NO_ENTRY,
    "22/7": ParcelReason.MOVED_AWAY,
    "22/8": ParcelReason.MOVED_AWAY,
    "38/4": ParcelReason.WRONG_ADDRESS,
    "38/13": ParcelReason.ASKED_BY_SHOP,
}

WORDS = {
    "12/2": "Доставка отложена по просьбе адресата",
    "12/7": "Обстоятельства непреодолимой силы",
    "12/9": "Адресат заберёт отправление сам",
    "12/11": "По техническим причинам",
    "12/15": "В ожидании оплаты сбора",
    "12/17": "У адресата есть абонентский ящик",
    "12/20": "Неполные, недостаточные или неверные документы",
    "12/29": "По распоряжению адресата",
    "12/30": "Несоответствие возраста получателя 18+",
    "3/5": "Смерть адресата",
    "3/14": "Распоряжение ЭТП",
    "3/16": "Возврат по согласованию с адресатом",
    "3/17": "Несоответствие возраста получателя 18+",
    "3/19": "Отказ ПВЗ в приёме",
    "5/2": "Изъято",
    "7/1": "Временное хранение: не роздано",
    "7/3": "Временное хранение: содержимое запрещено к пересылке",
    "7/4": "Временное хранение: ожидает результаты экспертизы",
    "8/47": "Приостановлена обработка по 115-ФЗ",
}
"""The Post's own names of what has no reason in our vocabulary: a batch tells none."""

ON_THE_WAY = frozenset(
    {
        ParcelStatus.CREATED,
        ParcelStatus.IN_TRANSIT,
        ParcelStatus.IN_CITY,
        ParcelStatus.COURIER,
        ParcelStatus.WAITING,
        ParcelStatus.ATTEMPT_FAILED,
    }
)


def status_of(code: str, after: str) -> ParcelStatus | None:
    """Where a parcel stands after an operation; None if the operation is not known.

    Args:
        code: the operation.
        after: the return, such as ``3/1``, that was begun before it; empty if none was. From then on the
            place of delivery is the sender's: what would be "waits for its client" waits for the shop.
    """
    status = STATUSES.get(code, STATUSES.get(_whole_type(code)))
    if after == PARTLY_RETURNED and status is ParcelStatus.DELIVERED:
        return ParcelStatus.PARTIAL
    return ParcelStatus.RETURNING if after and status in ON_THE_WAY else status


def says_nothing(code: str) -> bool:
    """Whether the parcel is where it was before this operation."""
    return not {code, _whole_type(code)}.isdisjoint(SAYS_NOTHING)


def _whole_type(code: str) -> str:
    return f"{code.partition('/')[0]}/*"
