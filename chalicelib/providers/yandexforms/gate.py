"""Yandex Forms at the door: our own token in the URL or in a header, for nothing is signed."""

from chalicelib.gate.form_provider import FormProvider

ID_NAMES = ("answer_id", "params.answer_id")
"""What the shop calls the answer's id in the request that it designs: as such, or as a JSON-RPC parameter.

The ``id`` of JSON-RPC is none: whether it tells answers apart is (unverified).
"""


class YandexForms(FormProvider):
    """A JSON-RPC call, or whatever body the shop has designed."""

    id_names = ID_NAMES


GATE = YandexForms()
