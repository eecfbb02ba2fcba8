"""``claims models``."""

from __future__ import annotations

from extractor.cli.app import BaseUrl, Csv, Db, Json, one_form, settings


def models(base_url: BaseUrl = None, db: Db = None, as_json: Json = False, as_csv: Csv = False) -> None:
    """List the models that can be asked or have answered.

    These are the embedded one, those of the endpoint that is set, and those whose answers are in the store.

    \b
    Examples:
      claims models
      claims models --base-url http://localhost:11434/v1
    """
    from extractor.catalog import ModelEntry, list_models  # noqa: PLC0415  (imports the openai client)
    from extractor.cli.output import print_records, print_table  # noqa: PLC0415

    form = one_form(json=as_json, csv=as_csv)
    found = list_models(settings(db=db, base_url=base_url))
    if form:
        print_records(ModelEntry, found, as_csv=form == "csv")
        return
    print_table(
        ("model", "where", "papers", "claims", "note"),
        ((model.name, model.where, model.papers, model.claims, model.note) for model in found),
        right=("papers", "claims"),
    )
