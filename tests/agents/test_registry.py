"""Tests of the registry: bundled rows, users' files, suggestions, keys that stay secret."""

import logging
from decimal import Decimal
from pathlib import Path

import pytest

from heiso.agents.registry import Price, Registry
from heiso.agents.weights import catalogue
from heiso.corpus.errors import BadSettings, MissingKey, UnknownModel

SECRET = "sk-very-secret-0123456789"

OWN = """
providers:
- {name: mine, title: Mine, origin: eu, base_url: "https://mine.example/v1", key: [MINE_KEY, MINE_OTHER], verified: false}
profiles:
- {name: mine/big, model: big-1, provider: mine, origin: eu, context: 1000, thinking: none, structured: none,
   temperature: true}
- {name: deepseek/deepseek-v4-pro, model: changed, provider: deepseek, origin: cn, thinking: toggle,
   structured: none, temperature: false}
"""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_the_bundled_profiles(registry):
    assert registry.names() == (
        "embedded/qwen2.5-coder-1.5b",
        "embedded/smollm2-135m",
        "deepseek/deepseek-v4-flash",
        "deepseek/deepseek-v4-pro",
        "qwen/qwen3.8-flash",
        "moonshot/kimi-k3",
        "zai/glm-5.3",
        "openai/gpt-6-luna",
        "openai-compatible/*",
    )
    for name in registry.names()[:-1]:
        profile = registry.get(name)
        assert profile.provider.name == name.partition("/")[0]
        assert profile.provider.base_url or profile.weights in catalogue()
        assert profile.price is not None and not profile.assumed
        assert profile.weights is None or profile.origin == catalogue()[profile.weights].origin


def test_a_pattern_takes_any_id(registry):
    profile = registry.get("openai-compatible/Qwen/Qwen3-8B")
    assert (profile.name, profile.model) == ("openai-compatible/Qwen/Qwen3-8B", "Qwen/Qwen3-8B")
    assert profile.assumed and profile.price is None and not profile.provider.verified


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("deepseek/deepseek-v4-flahs", "deepseek/deepseek-v4-flash"),
        ("kimi-k3", "moonshot/kimi-k3"),
        ("GLM-5.3", "zai/glm-5.3"),
        ("qwen2.5-coder", "embedded/qwen2.5-coder-1.5b"),
    ],
)
def test_an_unknown_model_gets_suggestions(registry, name, nearest):
    with pytest.raises(UnknownModel, match="Did you mean") as caught:
        registry.get(name)
    assert repr(name) in caught.value.message
    assert caught.value.hint.startswith(f"Did you mean {nearest}, ")
    assert caught.value.hint.count("/") == 3


@pytest.mark.parametrize(
    "name", ["", "openai-compatible/", "openai-compatible/*", "openai-compatible/a b", "x"]
)
def test_a_pattern_is_no_model(registry, name):
    with pytest.raises(UnknownModel):
        registry.get(name)


def test_a_users_file_adds_and_replaces(own, tmp_path):
    registry = Registry.load(own, tmp_path / "none.yaml")
    assert registry.get("mine/big").provider.title == "Mine"
    assert registry.get("deepseek/deepseek-v4-pro").model == "changed"
    assert registry.get("deepseek/deepseek-v4-flash").model == "deepseek-v4-flash"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: Mine", "title: Mine, colour: red", "providers, mine: colour: Extra inputs"),
        ("thinking: none", "thinking: deeply", "profiles, mine/big: thinking"),
        (
            "provider: mine",
            "provider: theirs",
            "mine/big: provider 'theirs' is not one of embedded, deepseek",
        ),
        ("provider: mine", "provider: [mine]", "mine/big: provider"),
        ("https://mine.example/v1", "mine.example", "providers, mine: base_url"),
        ("providers:", "suppliers:", "must hold `providers` and `profiles`"),
        (OWN, "profiles: 3", "`profiles` must be a list"),
        ("providers:\n- {", "providers:\n- {{", "cannot be read"),
    ],
)
def test_a_bad_file_is_named_with_the_place(own, old, new, said):
    own.write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(BadSettings, match=said) as caught:
        Registry.load(own)
    assert str(own) in str(caught.value) and "\n" not in str(caught.value)


def test_an_empty_file_changes_nothing(own, registry):
    own.write_text("", encoding="utf-8")
    assert Registry.load(own).names() == registry.names()


def test_the_first_variable_that_is_set_wins(own, monkeypatch):
    profile = Registry.load(own).get("mine/big")
    for name in ("MINE_KEY", "MINE_OTHER"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingKey, match="mine/big needs a key.*MINE_KEY or MINE_OTHER"):
        profile.key()
    monkeypatch.setenv("MINE_OTHER", f" {SECRET}\n")
    assert profile.key().get_secret_value() == SECRET
    monkeypatch.setenv("MINE_KEY", "sk-first")
    assert profile.key().get_secret_value() == "sk-first"


def test_a_key_is_in_no_text(own, monkeypatch, caplog):
    profile = Registry.load(own).get("mine/big")
    with caplog.at_level(logging.DEBUG):
        monkeypatch.setenv("MINE_KEY", SECRET)
        assert SECRET not in f"{profile!r} {profile.key()!r} {profile.key()} {profile.model_dump()}"
        monkeypatch.setenv("MINE_KEY", f"{SECRET} ひ")
        with pytest.raises(BadSettings, match="MINE_KEY") as caught:
            profile.key()
    assert SECRET not in f"{caught.value} {caught.value!r} {caplog.text}"


def test_keys_that_are_not_needed(registry, monkeypatch):
    monkeypatch.delenv("OPENAI_COMPATIBLE_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)  # belongs to another provider
    for name in ("embedded/smollm2-135m", "openai-compatible/x"):
        assert registry.get(name).key().get_secret_value() == "none"
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "abc")
    assert registry.get("openai-compatible/x").key().get_secret_value() == "abc"


def test_cost():
    price = Price(input="2", cached="0.5", output="10", currency="USD", date="2026-11")
    assert price.cost(input_tokens=1000, cached_tokens=600, output_tokens=100) == Decimal("0.0021")
    dear = price.model_copy(update={"cached": None})
    assert dear.cost(input_tokens=1000, cached_tokens=600, output_tokens=100) == Decimal("0.003")
