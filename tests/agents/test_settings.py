"""Tests of the settings: where they come from, which source wins, what a bad one says."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from heiso.agents.settings import Settings, config_file
from heiso.corpus.errors import BadSettings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HEISO_{name}".upper(), raising=False)
    monkeypatch.delenv("HEISO_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    settings = Settings.load()
    assert settings.model == "embedded/qwen2.5-coder-1.5b"
    assert (settings.evidence, settings.rounds, settings.seconds, settings.language) == (5, 2, 600, "auto")
    assert (settings.embedder, settings.chroma, settings.base_url) == ("embedded", "", "")
    assert settings.home == tmp_path / "data" / "heiso"
    assert settings.cache == tmp_path / "cache" / "heiso"
    assert settings.vocabulary is None and settings.vocabulary_file is None


def test_argument_beats_environment_beats_file_beats_default(monkeypatch, tmp_path):
    assert Settings.load().evidence == 5
    monkeypatch.setenv("HEISO_CONFIG", str(write(tmp_path / "my.toml", "evidence = 7\nrounds = 4\n")))
    assert (Settings.load().evidence, Settings.load().rounds) == (7, 4)
    monkeypatch.setenv("HEISO_EVIDENCE", "8")
    assert Settings.load().evidence == 8
    assert Settings.load(evidence=9).evidence == 9
    assert Settings.load(evidence=None).evidence == 8  # an option that was not given
    assert Settings.load(evidence=9).rounds == 4


def test_the_users_own_file_is_found_and_heiso_config_comes_first(monkeypatch, tmp_path):
    assert config_file() is None
    own = write(tmp_path / "config" / "heiso" / "config.toml", 'language = "ja"\n')
    assert config_file() == own
    assert Settings.load().language == "ja"
    monkeypatch.setenv("HEISO_CONFIG", str(write(tmp_path / "other.toml", 'language = "zh"\n')))
    assert Settings.load().language == "zh"


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("HEISO_MODEL", "")
    assert Settings.load().model == "embedded/qwen2.5-coder-1.5b"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("evidence", "0"),
        ("evidence", "41"),
        ("evidence", "many"),
        ("rounds", "7"),
        ("rounds", "-1"),
        ("seconds", "0"),
        ("seconds", "inf"),
        ("language", "fr"),
        ("base_url", "localhost:8000"),
    ],
)
@pytest.mark.parametrize("source", ["argument", "environment variable", "file"])
def test_a_bad_value_names_setting_and_source_in_one_line(monkeypatch, tmp_path, name, value, source):
    given = {}
    if source == "argument":
        given, named = {name: value}, "argument"
    elif source == "file":
        path = write(tmp_path / "bad.toml", f'{name} = "{value}"\n')
        monkeypatch.setenv("HEISO_CONFIG", str(path))
        named = str(path)
    else:
        monkeypatch.setenv(f"HEISO_{name.upper()}", value)
        named = f"HEISO_{name.upper()}"
    with pytest.raises(BadSettings) as caught:
        Settings.load(**given)
    line = str(caught.value)
    assert name in line and named in line and "\n" not in line and "pydantic" not in line


def test_unknown_names(monkeypatch, tmp_path):
    with pytest.raises(BadSettings, match="Unknown setting 'modle' .*argument.*Settings are: model, planner"):
        Settings.load(modle="x")
    monkeypatch.setenv("HEISO_CONFIG", str(write(tmp_path / "bad.toml", 'modle = "x"\nmodel = "y"\n')))
    with pytest.raises(BadSettings, match=r"Unknown setting 'modle' \(file .*bad\.toml\)"):
        Settings.load()


def test_two_bad_values_are_both_told_of():
    with pytest.raises(BadSettings, match="1 more cannot be used"):
        Settings.load(evidence=0, rounds=99)


def test_files_that_cannot_be_read(monkeypatch, tmp_path):
    monkeypatch.setenv("HEISO_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(BadSettings, match=r"HEISO_CONFIG names .*none\.toml"):
        Settings.load()
    monkeypatch.setenv("HEISO_CONFIG", str(write(tmp_path / "bad.toml", "model = \n")))
    with pytest.raises(BadSettings, match=r"bad\.toml cannot be read") as caught:
        Settings.load()
    assert "\n" not in str(caught.value)


def test_settings_cannot_be_changed():
    settings = Settings.load()
    with pytest.raises(ValidationError, match="frozen"):
        settings.evidence = 6  # type: ignore[misc]


def test_profile_of_a_role():
    settings = Settings.load(model="a/b", critic="c/d")
    assert settings.profile_of("critic") == "c/d"
    assert [settings.profile_of(role) for role in ("planner", "analyst", "judge")] == ["a/b"] * 3


def test_folders_are_absolute_and_know_the_users_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert Settings.load(home="~/x").home == tmp_path / "x"
    assert Settings.load(cache="y").cache == tmp_path / "y"


def test_the_vocabulary_is_the_one_that_was_set_or_the_one_in_home(monkeypatch, tmp_path):
    assert Settings.load(home=tmp_path).vocabulary_file is None
    own = write(tmp_path / "vocabulary.yaml", "")
    assert Settings.load(home=tmp_path).vocabulary_file == own
    assert Settings.load(home=tmp_path / "other").vocabulary_file is None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEISO_VOCABULARY", "none.yaml")
    # One that was set and is not there is not passed over: who reads it says so.
    assert Settings.load(home=tmp_path).vocabulary_file == tmp_path / "none.yaml"
    assert Settings.load(home=tmp_path, vocabulary="~/my.yaml").vocabulary_file == Path.home() / "my.yaml"


def test_importing_settings_and_registry_loads_no_model_library():
    code = (
        "import sys, heiso.agents.settings, heiso.agents.registry\n"
        "heavy = ('langchain', 'langchain_core', 'langchain_openai', 'openai', 'xllamacpp', 'chromadb', 'numpy')\n"
        "assert not [name for name in heavy if name in sys.modules], sys.modules.keys() & set(heavy)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
