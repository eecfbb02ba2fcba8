"""Ray: a connection to a cluster, and workers on it."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.errors import UsageError
from extractor.limits import Limits
from extractor.papers import fold_space
from extractor.worker import SHARDS_AT_ONCE, Worker

if TYPE_CHECKING:
    from extractor.endpoint import Endpoint
    from extractor.extraction import Plan
    from extractor.settings import Settings

SHARD_PAPERS = 2_000
"""Papers that are given to a worker at a time, and asked about again when it is lost."""
RETRIES = 3
"""How often a shard is given to a new worker when its worker is lost."""
_CONNECT_SECONDS = 5.0
_LONGEST_REASON = 300  # characters
INSTALL_HINT = 'pip install "claim-extractor[ray]"'


@dataclass(frozen=True)
class Cluster:
    """Where to work: a Ray cluster's ``address`` (``auto``, ``ray://…``; None starts one on this machine), how many
    ``workers`` (None: one a CPU), and a folder to keep the ``parts`` in (None: beside the store, until they are in it).
    """

    address: str | None = None
    workers: int | None = None
    parts: Path | None = None
    shard_papers: int = SHARD_PAPERS


@contextmanager
def connected(cluster: Cluster) -> Iterator[Any]:
    """Ray, connected to a cluster, or to one of its own on this machine; or as it is where it is connected already."""
    ray = import_ray()
    if ray.is_initialized():
        yield ray
        return
    address = cluster.address or os.environ.get("RAY_ADDRESS") or "local"
    _require_listener(address)
    options: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": logging.ERROR}
    if address == "local":
        options |= {"num_cpus": cluster.workers, "include_dashboard": False}
    try:
        ray.init(**options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = fold_space(str(error))[:_LONGEST_REASON]
        raise UsageError(f"no Ray cluster at {address}: {reason}; see --ray-address") from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _require_listener(address: str) -> None:
    """Raise UsageError where nobody listens at a cluster's ``host:port``: Ray itself would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        try:
            socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
        except (OSError, OverflowError) as error:
            raise UsageError(f"no Ray cluster at {address}: {error}; see --ray-address") from None


def import_ray() -> Any:
    """Ray, which tells nobody that it is used, and prints nothing where data goes."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
    try:
        import ray  # noqa: PLC0415  (an extra)
    except ImportError:
        raise UsageError(f"Ray is not installed; {INSTALL_HINT}") from None
    return ray


@contextmanager
def started_workers(
    ray: Any, cluster: Cluster, endpoint: Endpoint, plan: Plan, settings: Settings
) -> Iterator[list[Any]]:
    """Actors that extract as ``plan`` says, each with its share of the limits; they end with the block."""
    number = cluster.workers or int(ray.cluster_resources().get("CPU", 1))
    actor = ray.remote(Worker).options(
        num_cpus=1, max_restarts=-1, max_task_retries=RETRIES, max_concurrency=SHARDS_AT_ONCE + 1
    )
    limits = Limits(
        settings.rpm and settings.rpm / number,
        settings.tpm and settings.tpm / number,
        settings.max_cost and settings.max_cost / number,
    )
    share = replace(plan, limit=None, force=True)
    workers = [actor.remote(endpoint, share, limits) for _ in range(number)]
    try:
        yield workers
    finally:
        for worker in workers:
            ray.kill(worker)


def ray_error() -> type[Exception]:
    """What Ray raises when a worker is lost for good, or fails in a way that nobody has foreseen."""
    from ray.exceptions import RayError  # noqa: PLC0415  (an extra)

    error: type[Exception] = RayError
    return error
