"""The command ``chalice`` for the emulator, which knows neither an API's Swagger document nor haste.

Only what concerns these two is replaced: everything else is Chalice's own.
"""

from collections.abc import Mapping
from typing import Any

from botocore import waiter
from chalice.awsclient import TypedAWSClient
from chalice.cli import main

POLL_SECONDS = 0.1
INTEGRATION = {
    "httpMethod": "integrationHttpMethod",
    "uri": "uri",
    "passthroughBehavior": "passthroughBehavior",
    "contentHandling": "contentHandling",
}
"""Swagger's name: that of PutIntegration."""


class Haste:
    """``time`` for botocore's waiters, which look every five seconds."""

    def __init__(self, sleep: Any) -> None:
        self._sleep = sleep

    def sleep(self, seconds: float) -> None:
        self._sleep(min(seconds, POLL_SECONDS))


def import_rest_api(self: Any, swagger_document: Mapping[str, Any], endpoint_type: str) -> str:
    """What ImportRestApi does."""
    gateway = self._client("apigateway")
    api: str = gateway.create_rest_api(
        name=swagger_document["info"]["title"],
        endpointConfiguration={"types": [endpoint_type]},
        binaryMediaTypes=swagger_document["x-amazon-apigateway-binary-media-types"],
    )["id"]
    _put(gateway, api, swagger_document)
    return api


def update_api_from_swagger(self: Any, rest_api_id: str, swagger_document: Mapping[str, Any]) -> None:
    """What PutRestApi does."""
    gateway = self._client("apigateway")
    for resource in gateway.get_resources(restApiId=rest_api_id)["items"]:
        if resource["path"].count("/") == 1 and resource["path"] != "/":
            gateway.delete_resource(restApiId=rest_api_id, resourceId=resource["id"])
    _put(gateway, rest_api_id, swagger_document)


def _put(gateway: Any, api: str, swagger: Mapping[str, Any]) -> None:
    made = {item["path"]: item["id"] for item in gateway.get_resources(restApiId=api)["items"]}
    for path, methods in swagger["paths"].items():
        place = {"restApiId": api, "resourceId": _resource(gateway, api, path, made)}
        for name, method in methods.items():
            method_of = {**place, "httpMethod": name.upper()}
            gateway.put_method(**method_of, authorizationType="NONE")
            integration = method["x-amazon-apigateway-integration"]
            known = {
                ours: integration[theirs] for theirs, ours in INTEGRATION.items() if theirs in integration
            }
            gateway.put_integration(**method_of, type=integration["type"].upper(), **known)


def _resource(gateway: Any, api: str, path: str, made: dict[str, str]) -> str:
    """The resource of a path, made with those above it."""
    if path not in made:
        parent, _, part = path.rpartition("/")
        above = _resource(gateway, api, parent or "/", made)
        made[path] = gateway.create_resource(restApiId=api, parentId=above, pathPart=part)["id"]
    return made[path]


if __name__ == "__main__":
    waiter.time = Haste(waiter.time.sleep)
    for replacement in (import_rest_api, update_api_from_swagger):
        setattr(TypedAWSClient, replacement.__name__, replacement)
    main()
