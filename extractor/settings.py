"""Settings: flags beat the environment, the environment beats ``claims.toml``, that beats the defaults."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from extractor.addresses import is_web_address
from extractor.aliases import alias_file_of
from extractor.endpoint import Endpoint, public_url
from extractor.errors import UsageError
from extractor.pricing import TokenPrice, on_this_machine

SETTINGS_FILE = Path("claims.toml")
EMBEDDED = "embedded"
OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_OPENAI_MODEL = "gpt-4.1-mini"

_OPENAIS = {"base_url", "api_key"}  # settings that OpenAI's own variables set too


class Settings(BaseSettings):
    """What can be set, each as a flag, as an environment variable ``CLAIMS_…`` and in ``claims.toml``."""

    model_config = SettingsConfigDict(
        env_prefix="CLAIMS_", toml_file=SETTINGS_FILE, extra="forbid", populate_by_name=True, env_ignore_empty=True
    )

    db: Path = Path("claims.duckdb")
    model: str | None = None
    base_url: str | None = Field(None, validation_alias=AliasChoices("base_url", "CLAIMS_BASE_URL", "OPENAI_BASE_URL"))
    api_key: SecretStr | None = Field(None, validation_alias=AliasChoices("CLAIMS_API_KEY", "OPENAI_API_KEY"))
    prompt: str | None = None
    concurrency: int | None = Field(None, ge=1, le=4096)
    timeout: float = Field(120.0, gt=0, allow_inf_nan=False)
    reasks: int = Field(2, ge=0, le=4)
    temperature: float | None = Field(0.0, ge=0, le=2)
    rpm: int | None = Field(None, ge=1)
    tpm: int | None = Field(None, ge=1)
    max_cost: float | None = Field(None, gt=0, allow_inf_nan=False)
    prices: dict[str, TokenPrice] = {}
    aliases: Path | None = None

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if not url:
            return url
        if not is_web_address(url):
            shown = url.rpartition("@")[2].partition("?")[0]  # keys may stand before and after
            raise ValueError(f"{shown!r} is no address such as http://localhost:8000/v1")
        if urlsplit(url).username is not None:
            raise ValueError("holds a user or password; the key goes into OPENAI_API_KEY")
        return url

    @field_validator("db")
    @classmethod
    def _is_a_file(cls, path: Path) -> Path:
        if path.name in {"", ".."}:
            raise ValueError(f"{str(path)!r} is a folder; name a file such as claims.duckdb")
        return path

    @field_validator("temperature", mode="before")
    @classmethod
    def _may_be_none(cls, temperature: object) -> object:
        return None if temperature == "none" else temperature

    @field_validator("api_key")
    @classmethod
    def _fits_into_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        if key is None:
            return None
        plain = key.get_secret_value().strip()
        if not (plain.isascii() and plain.isprintable()):
            raise ValueError("holds characters that no key has; was it copied whole and alone?")
        return SecretStr(plain) if plain else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (the signature is pydantic's)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, file; see the module."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def uses_embedded_model(self) -> bool:
        """Whether the embedded model answers: asked for by name, or because neither model, address nor key is set."""
        if self.model is None:
            return self.base_url is None and self.api_key is None
        return self.model == EMBEDDED

    @property
    def alias_file(self) -> Path:
        """The alias file that is set, or the one beside the store, which need not exist."""
        return self.aliases or alias_file_of(self.db)

    @property
    def prompt_name(self) -> str:
        """The prompt to use: the one that was set, or the one that fits the model."""
        return self.prompt or (EMBEDDED if self.uses_embedded_model else "instruct")

    @property
    def endpoint_url(self) -> str:
        """The address of the API that is set, or OpenAI's."""
        return (self.base_url or OPENAI_URL).rstrip("/")

    def endpoint(self) -> Endpoint:
        """The endpoint to ask, for any model but the embedded one.

        Raises :class:`UsageError` when the model's name or the key is missing.
        """
        url = self.endpoint_url
        if self.model is None and url != OPENAI_URL:
            raise UsageError(f"which model of {public_url(url)}? give --model; `claims models` lists what it offers")
        if self.api_key is None and not on_this_machine(url):
            raise UsageError(
                f"no key for {public_url(url)}: set OPENAI_API_KEY, or use --model {EMBEDDED}, which needs none"
            )
        model = self.model or DEFAULT_OPENAI_MODEL
        return Endpoint(
            model=model,
            base_url=url,
            api_key=self.api_key.get_secret_value() if self.api_key else "none",
            timeout=self.timeout,
            reasks=self.reasks,
            temperature=self.temperature,
            price=self.prices.get(model),
        )


def load_settings(**flags: Any) -> Settings:
    """The settings in force; a flag that is None was not given. Raises :class:`UsageError` for a bad value."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        setting, *part = map(str, first["loc"])
        if first["type"] == "extra_forbidden" and not part:
            near = get_close_matches(setting, Settings.model_fields, 1)
            meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(Settings.model_fields)}"
            raise UsageError(f"{SETTINGS_FILE}: no setting {setting!r}; {meant}") from None
        name = setting.lower().removeprefix("claims_")
        fault = first["msg"].removeprefix("Value error, ")
        owners = ("CLAIMS", "OPENAI") if name in _OPENAIS else ("CLAIMS",)
        variables = ", ".join(f"{owner}_{name.upper()}" for owner in owners)
        origin = f"a flag, {variables} or {SETTINGS_FILE}"
        raise UsageError(f"setting {'.'.join([name, *part])}: {fault} (from {origin})") from None
    except SettingsError as error:  # of the variables one alone holds JSON
        raise UsageError(f"setting prices: not JSON: {error.__cause__} (from CLAIMS_PRICES)") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{SETTINGS_FILE}: not TOML: {error}") from None
