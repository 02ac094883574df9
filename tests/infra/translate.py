"""A template of SAM to plain CloudFormation, offline. Runs in the emulator's environment, which has SAM."""

import importlib
import json
import os
import sys


class NoManagedPolicies:
    """We use none, so nobody has to be asked for them."""

    def load(self) -> dict[str, str]:
        """Their names and ARNs."""
        return {}


def main() -> None:
    """Translate standard input to standard output."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    sam = importlib.import_module("samtranslator.translator.transform")  # only there
    parameters = {"AccessLog": "yes", "Stage": "dev"}
    json.dump(sam.transform(json.load(sys.stdin), parameters, NoManagedPolicies()), sys.stdout)


if __name__ == "__main__":
    main()
