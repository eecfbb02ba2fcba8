"""From grounded claims to records: everything that code, not the model, says about a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.aliases import Aliases
from extractor.factors import improvement_factor
from extractor.names import key_in_paper, split_names
from extractor.quantities import parse_quantity
from extractor.records import Baseline, ClaimRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extractor.grounding import GroundedClaim
    from extractor.papers import Paper

NO_ALIASES = Aliases()


def claim_records(
    grounded: Iterable[GroundedClaim], paper: Paper, aliases: Aliases = NO_ALIASES
) -> tuple[ClaimRecord, ...]:
    """The records of one paper's claims: quantities, factors, metric families and comparable names added."""
    return tuple(_record(number, one, paper, aliases) for number, one in enumerate(grounded, 1))


def _record(ordinal: int, grounded: GroundedClaim, paper: Paper, aliases: Aliases) -> ClaimRecord:
    claim = grounded.claim
    family = aliases.family(claim.metric)
    quantity = parse_quantity(
        claim.improvement,
        before=paper.abstract[: grounded.span.start],
        after=paper.abstract[grounded.span.end :],
        decreases=claim.direction == "decrease",
    )

    def compared(name: str) -> Baseline:
        return Baseline(name, *aliases.identify(name, paper.abstract))

    method_key, method_generic = aliases.identify(claim.method, paper.abstract)
    baseline = compared(claim.baseline) if claim.baseline else None
    each: dict[str, Baseline] = {}
    for name in split_names(claim.baseline) if claim.baseline else ():
        each.setdefault((single := compared(name)).key, single)  # of two versions of one baseline the first stands
    return ClaimRecord(
        ordinal=ordinal,
        improvement=claim.improvement,
        metric=claim.metric,
        direction=claim.direction,
        effect=claim.effect,
        method=claim.method,
        baseline=claim.baseline,
        hardware=claim.hardware,
        setting=claim.setting,
        evidence=grounded.sentence,
        evidence_start=grounded.span.start,
        evidence_end=grounded.span.end,
        confidence=grounded.confidence,
        quantity=quantity,
        factor=improvement_factor(
            quantity, metric=claim.metric, direction=claim.direction, effect=claim.effect, family=family
        ),
        metric_family=family.name,
        method_key=key_in_paper(method_key, paper.paper_id) if method_generic else method_key,
        method_generic=method_generic,
        baseline_key=baseline.key if baseline else None,
        baseline_generic=baseline is not None and baseline.generic,
        baselines=tuple(each.values()),
    )
