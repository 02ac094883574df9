"""What people call a time zone."""

from collections.abc import Mapping

RUSSIAN: Mapping[str, str] = {
    "Europe/Kaliningrad": "Калининград",
    "Europe/Moscow": "Москва",
    "Europe/Simferopol": "Симферополь",
    "Europe/Kirov": "Киров",
    "Europe/Volgograd": "Волгоград",
    "Europe/Samara": "Самара",
    "Europe/Astrakhan": "Астрахань",
    "Europe/Saratov": "Саратов",
    "Europe/Ulyanovsk": "Ульяновск",
    "Asia/Yekaterinburg": "Екатеринбург",
    "Asia/Omsk": "Омск",
    "Asia/Novosibirsk": "Новосибирск",
    "Asia/Barnaul": "Барнаул",
    "Asia/Tomsk": "Томск",
    "Asia/Novokuznetsk": "Новокузнецк",
    "Asia/Krasnoyarsk": "Красноярск",
    "Asia/Irkutsk": "Иркутск",
    "Asia/Chita": "Чита",
    "Asia/Yakutsk": "Якутск",
    "Asia/Vladivostok": "Владивосток",
    "Asia/Sakhalin": "Сахалин",
    "Asia/Magadan": "Магадан",
    "Asia/Kamchatka": "Камчатка",
    "Asia/Anadyr": "Анадырь",
    "Europe/Minsk": "Минск",
    "Asia/Almaty": "Алматы",
    "Asia/Yerevan": "Ереван",
    "Asia/Tbilisi": "Тбилиси",
    "Asia/Tashkent": "Ташкент",
    "Asia/Bishkek": "Бишкек",
}


def place(zone: str, language: str) -> str:
    """The city of the zone with this name in this language, else in English."""
    english = zone.rpartition("/")[2].replace("_", " ")
    return RUSSIAN.get(zone, english) if language == "ru" else english
