import pytest


@pytest.fixture(autouse=True)
def _alone(alone: None) -> None:
    """Every command runs in a folder of its own."""
