"""Where settings come from, which source wins, and what a bad one is told."""

from pathlib import Path

import pytest

from extractor.errors import UsageError
from extractor.settings import DEFAULT_OPENAI_MODEL, OPENAI_URL, SETTINGS_FILE, load_settings


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file, and no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("MODEL", "BASE_URL", "API_KEY", "CONCURRENCY", "TIMEOUT", "REASKS", "TEMPERATURE", "DB"):
        monkeypatch.delenv(f"CLAIMS_{name}", raising=False)
        monkeypatch.delenv(f"OPENAI_{name}", raising=False)


def fault(**flags: object) -> str:
    with pytest.raises(UsageError) as caught:
        load_settings(**flags)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Which source wins


@pytest.mark.parametrize("variable", ["CLAIMS_BASE_URL", "OPENAI_BASE_URL"])
def test_a_flag_beats_the_environment_that_beats_the_file_that_beats_the_default(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    assert load_settings().base_url is None
    SETTINGS_FILE.write_text('base_url = "http://file"')
    assert load_settings().base_url == "http://file"
    monkeypatch.setenv(variable, "http://environment")
    assert load_settings().base_url == "http://environment"
    assert load_settings(base_url="http://flag").base_url == "http://flag"


def test_each_setting_is_taken_from_the_best_source_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    SETTINGS_FILE.write_text('model = "file"\nconcurrency = 3\ndb = "file.duckdb"')
    monkeypatch.setenv("CLAIMS_CONCURRENCY", "4")
    settings = load_settings(db="flag.duckdb", model=None)
    assert (settings.db, settings.concurrency, settings.model) == (Path("flag.duckdb"), 4, "file")


def test_a_temperature_of_none_is_left_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    SETTINGS_FILE.write_text('temperature = "none"')
    assert load_settings().temperature is None
    monkeypatch.setenv("CLAIMS_TEMPERATURE", "0.5")
    assert load_settings().temperature == 0.5


def test_our_own_variables_beat_openais(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner in ("OPENAI", "CLAIMS"):
        monkeypatch.setenv(f"{owner}_BASE_URL", f"http://{owner.lower()}.test")
        monkeypatch.setenv(f"{owner}_API_KEY", f"key-of-{owner}")
    endpoint = load_settings(model="m").endpoint()
    assert (endpoint.base_url, endpoint.api_key) == ("http://claims.test", "key-of-CLAIMS")


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLAIMS_MODEL", "CLAIMS_CONCURRENCY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "")
    assert load_settings() == load_settings(db="claims.duckdb")
    assert load_settings().uses_embedded_model


def test_prices_are_a_table_for_each_model() -> None:
    SETTINGS_FILE.write_text('[prices."Qwen/Qwen3-8B"]\ninput = 0.05\noutput = 0.2')
    settings = load_settings(model="Qwen/Qwen3-8B", base_url="http://localhost/v1")
    price = settings.endpoint().price
    assert price
    assert (price.input, price.output, price.cached_input) == (0.05, 0.2, None)
    assert load_settings(model="other", base_url="http://localhost/v1").endpoint().price is None


# Bad values


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"concurrency": 0}, "setting concurrency: Input should be greater than or equal to 1"),
        ({"timeout": -1}, "setting timeout: Input should be greater than 0"),
        ({"timeout": float("inf")}, "setting timeout: Input should be a finite number"),
        ({"reasks": 5}, "setting reasks: Input should be less than or equal to 4"),
        ({"rpm": 0}, "setting rpm: Input should be greater than or equal to 1"),
        ({"tpm": 0.5}, "setting tpm: Input should be a valid integer"),
        ({"max_cost": 0}, "setting max_cost: Input should be greater than 0"),
        ({"max_cost": float("nan")}, "setting max_cost: Input should be a finite number"),
        ({"prices": {"m": {"input": 1}}}, "setting prices.m.output: Field required"),
        (
            {"prices": {"m": {"input": -1, "output": 1}}},
            "setting prices.m.input: Input should be greater than or equal",
        ),
        ({"temperature": "hot"}, "setting temperature: Input should be a valid number"),
        ({"base_url": "http://me:secret@host/v1"}, "setting base_url: holds a user or password; the key goes into"),
        ({"base_url": "http://a..b/v1"}, "setting base_url: 'http://a..b/v1' is no address"),
        ({"db": "."}, "setting db: '.' is a folder"),
        ({"db": "/"}, "setting db: '/' is a folder"),
        ({"api_key": "schlüssel"}, "setting api_key: holds characters that no key has"),
        ({"api_key": "sk-1\nsk-2"}, "setting api_key: holds characters that no key has"),
    ],
)
def test_a_bad_value_is_told_by_its_name(flags: dict[str, object], told: str) -> None:
    assert fault(**flags).startswith(told)


@pytest.mark.parametrize(
    ("variable", "value", "origin"),
    [
        ("CLAIMS_CONCURRENCY", "many", "(from a flag, CLAIMS_CONCURRENCY or claims.toml)"),
        ("OPENAI_BASE_URL", "foo", "(from a flag, CLAIMS_BASE_URL, OPENAI_BASE_URL or claims.toml)"),
        ("CLAIMS_BASE_URL", "foo", "(from a flag, CLAIMS_BASE_URL, OPENAI_BASE_URL or claims.toml)"),
        ("OPENAI_API_KEY", "schlüssel", "(from a flag, CLAIMS_API_KEY, OPENAI_API_KEY or claims.toml)"),
        (
            "CLAIMS_PRICES",
            "abc",
            "setting prices: not JSON: Expecting value: line 1 column 1 (char 0) (from CLAIMS_PRICES)",
        ),
    ],
)
def test_a_bad_variable_is_told_with_its_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, origin: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert fault().endswith(origin)


def test_a_bad_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-geheim-für-alle")
    assert "geheim" not in fault()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"model = ", "claims.toml: not TOML: "),
        (b'model = "\xff"', "claims.toml: not TOML: "),
        (b'modle = "m"', "claims.toml: no setting 'modle'; did you mean 'model'?"),
        (b'colour = "red"', "claims.toml: no setting 'colour'; there are db, model, base_url, "),
        (b"[model]\nname = 1", "setting model: Input should be a valid string"),
    ],
)
def test_a_bad_file_is_told_by_its_name(content: bytes, told: str) -> None:
    SETTINGS_FILE.write_bytes(content)
    assert fault().startswith(told)
    assert "claims.toml" in fault()


def test_white_space_around_a_key_does_not_count() -> None:
    assert load_settings(api_key=" sk-1\n").endpoint().api_key == "sk-1"


def test_a_blank_key_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " ")
    assert load_settings().uses_embedded_model


# Which model, which endpoint


@pytest.mark.parametrize(
    ("flags", "embedded"),
    [
        ({}, True),
        ({"model": "embedded", "api_key": "sk-1"}, True),
        ({"api_key": "sk-1"}, False),
        ({"base_url": "http://localhost:8000/v1"}, False),
        ({"model": "gpt-4.1"}, False),
    ],
)
def test_the_embedded_model_answers_where_nothing_else_is_set(flags: dict[str, str], embedded: bool) -> None:
    settings = load_settings(**flags)
    assert settings.uses_embedded_model is embedded
    assert settings.prompt_name == ("embedded" if embedded else "instruct")


def test_a_prompt_that_is_set_goes_before_the_one_that_fits() -> None:
    assert load_settings(prompt="mine.md").prompt_name == "mine.md"


def test_a_key_alone_means_openai() -> None:
    endpoint = load_settings(api_key="sk-1").endpoint()
    assert (endpoint.model, endpoint.base_url, endpoint.api_key) == (DEFAULT_OPENAI_MODEL, OPENAI_URL, "sk-1")


def test_a_server_on_this_machine_needs_no_key() -> None:
    endpoint = load_settings(model="m", base_url="http://127.0.0.1:8000/v1/").endpoint()
    assert endpoint.base_url == "http://127.0.0.1:8000/v1"


def test_a_remote_server_without_a_key_is_refused_with_both_ways_out() -> None:
    with pytest.raises(
        UsageError, match=r"^no key for https://api\.openai\.com/v1: set OPENAI_API_KEY, or use --model e"
    ):
        load_settings(model="gpt-4.1").endpoint()


def test_a_server_without_the_name_of_a_model_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^which model of http://localhost/v1\? give --model"):
        load_settings(base_url="http://localhost/v1").endpoint()


def test_no_representation_shows_the_key() -> None:
    settings = load_settings(model="m", api_key="sk-secret")
    assert "secret" not in f"{settings!r} {settings} {settings.endpoint()!r}"
