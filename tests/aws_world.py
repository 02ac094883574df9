"""A whole shop on AWS's queues and table."""

from pathlib import Path

from chalicelib.engine.port import Engine
from tests.crashes import CrashingWorld, Steps
from tests.engine.aws_cloud import Cloud
from tests.world import World


class AwsWorld(World):
    """A world on AWS, each of whose calls the cloud's listener hears."""

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        self.cloud = cloud
        super().__init__(folder)

    def make_engine(self) -> Engine:
        return self.cloud.engine(self.folder.name, self.clock, watched=True)


class CrashingAwsWorld(CrashingWorld):
    """A world on AWS, whose worker can be killed before and after each call of AWS."""

    def __init__(self, folder: Path, steps: Steps, cloud: Cloud) -> None:
        self.cloud = cloud
        super().__init__(folder, steps)

    def make_engine(self) -> Engine:
        return self.cloud.engine(self.folder.name, self.clock)

    def instrumented(self, engine: Engine) -> Engine:
        if self.steps is None:
            return engine
        self.cloud.listener = self.steps.take
        return self.cloud.engine(self.folder.name, self.clock, watched=True)
