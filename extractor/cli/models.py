"""``claims models``."""

from __future__ import annotations

from extractor.cli.app import BaseUrl, Db, Json, settings


def models(base_url: BaseUrl = None, db: Db = None, as_json: Json = False) -> None:
    """List the models that can be asked or have answered.

    These are the embedded one, those of the endpoint that is set, and those whose answers are in the store.

    \b
    Examples:
      claims models
      claims models --base-url http://localhost:11434/v1
    """
    from extractor.catalog import list_models  # noqa: PLC0415  (imports the openai client)
    from extractor.cli.output import print_json, print_table  # noqa: PLC0415

    found = list_models(settings(db=db, base_url=base_url))
    if as_json:
        print_json(model.as_dict() for model in found)
        return
    print_table(
        ("model", "where", "papers", "claims", "note"),
        ((model.name, model.where, model.papers, model.claims, model.note) for model in found),
        right=("papers", "claims"),
    )
