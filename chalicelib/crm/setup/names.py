"""What we call what we make in the CRM."""

from collections.abc import Mapping

METHODS: Mapping[str, Mapping[str, str]] = {
    "missed_call_method": {"ru": "Пропущенный звонок", "en": "Missed call"},
    "landing_method": {"ru": "Заявка с сайта", "en": "Lead of a page"},
    "messenger_method": {"ru": "Мессенджер", "en": "Messenger"},
    "mail_method": {"ru": "Письмо", "en": "E-mail"},
}
"""By the key of ``[crm.codes]`` and the shop's language."""

VISITOR_FIELDS: Mapping[str, Mapping[str, str]] = {
    "landing_page": {"ru": "Страница входа", "en": "Landing page"},
    "referrer": {"ru": "Откуда пришёл", "en": "Referrer"},
    "yandex": {"ru": "Посетитель в Яндекс Метрике", "en": "Visitor in Yandex Metrica"},
    "google": {"ru": "Посетитель в Google Analytics", "en": "Visitor in Google Analytics"},
    "roistat": {"ru": "Визит в Roistat", "en": "Visit in Roistat"},
    "calltouch": {"ru": "Сессия в Calltouch", "en": "Session in Calltouch"},
    "callibri": {"ru": "Визит в Callibri", "en": "Visit in Callibri"},
    "mango": {"ru": "Посетитель в Mango", "en": "Visitor in Mango"},
    "uis": {"ru": "Посетитель в UIS", "en": "Visitor in UIS"},
    "vk": {"ru": "Посетитель во ВКонтакте", "en": "Visitor in VK"},
    "yclid": {"ru": "Клик в Яндекс Директе", "en": "Click in Yandex Direct"},
    "gclid": {"ru": "Клик в Google Ads", "en": "Click in Google Ads"},
    "wbraid": {"ru": "Клик в Google Ads (wbraid)", "en": "Click in Google Ads (wbraid)"},
    "gbraid": {"ru": "Клик в Google Ads (gbraid)", "en": "Click in Google Ads (gbraid)"},
    "rb_clickid": {"ru": "Клик в VK Рекламе", "en": "Click in VK Ads"},
    "fbclid": {"ru": "Клик в Facebook", "en": "Click in Facebook"},
    "ctwa_clid": {"ru": "Клик из рекламы в WhatsApp", "en": "Click to WhatsApp"},
}
"""By the key of ``[crm.visitor_fields]`` and the shop's language."""

PRODUCTION_FIELDS: Mapping[str, Mapping[str, str]] = {
    "question_field": {"ru": "Вопрос производства", "en": "Question of production"},
    "answer_field": {"ru": "Ответ производству", "en": "Answer to production"},
    "promised_field": {"ru": "Будет готово", "en": "Promised for"},
}
"""By the key of ``[production]`` and the shop's language."""
