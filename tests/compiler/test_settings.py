"""Environment variables: typed, read when asked for, clear when wrong."""

import os
import sys
from pathlib import Path

import pytest

from tessel.compiler import settings
from tessel.compiler.settings import SETTINGS, SettingError


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_defaults_are_valid_and_described(setting, monkeypatch):
    monkeypatch.delenv(setting.name, raising=False)
    setting.get()
    assert setting.description.endswith(".")
    assert setting.name.startswith("TESSEL_")


def test_the_table_is_sorted_and_complete():
    names = [setting.name for setting in SETTINGS]
    assert names == sorted(set(names))
    own = [value for value in vars(settings).values() if isinstance(value, settings.Setting)]
    assert len(own) == len(SETTINGS)


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (settings.THREADS, "4", 4),
        (settings.THREADS, "", None),
        (settings.CACHE_SIZE, "512M", 512 << 20),
        (settings.CACHE_SIZE, "1.5GB", 3 << 29),
        (settings.CACHE_SIZE, "100", 100),
        (settings.CACHE_SIZE, "0", 0),
        (settings.CACHE_SIZE, "1e30", sys.maxsize),
        (settings.COMPILE_TIMEOUT, "0.5", 0.5),
        (settings.COMPILE_TIMEOUT, "1e30", None),
        (settings.ISOLATE, "1", True),
        (settings.ISOLATE, "no", False),
        (settings.CACHE_DIR, "/tmp/here", Path("/tmp/here")),
        (settings.CACHE_DIR, "", None),
    ],
)
def test_values_are_read_when_asked_for(setting, text, value, monkeypatch):
    monkeypatch.setenv(setting.name, text)
    assert setting.get() == value


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (settings.THREADS, "0"),
        (settings.THREADS, "many"),
        (settings.THREADS, "100000"),
        (settings.THREADS, "9" * 5000),
        (settings.CACHE_DIR, "~nobody of this name/cache"),
        (settings.CACHE_SIZE, "2X"),
        (settings.CACHE_SIZE, "-1"),
        (settings.CACHE_SIZE, "nan"),
        (settings.COMPILE_TIMEOUT, "-1"),
        (settings.COMPILE_TIMEOUT, "nan"),
        (settings.ISOLATE, "perhaps"),
    ],
)
def test_a_bad_value_is_named_with_what_it_should_be(setting, text, monkeypatch):
    monkeypatch.setenv(setting.name, text)
    with pytest.raises(
        SettingError, match=f"{setting.name}='{text}' is no {setting.type}; it means"
    ):
        setting.get()


@pytest.mark.parametrize("home", ["", "not/absolute", None])
def test_without_a_home_nothing_is_kept(home, monkeypatch, caplog):
    """One warning for all that asks; without HOME, where the system does not know the user."""
    for setting in (settings.CACHE_DIR, settings.TUNING_FILE):
        monkeypatch.delenv(setting.name, raising=False)
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
        monkeypatch.setattr(os, "getuid", lambda: 987654)
    else:
        monkeypatch.setenv("HOME", home)
    settings._warn_of_no_home.cache_clear()
    for _ in range(2):
        assert settings.CACHE_DIR.get() is None
        assert settings.TUNING_FILE.get() is None
    assert caplog.text.count("there is no home folder") == 2  # the folder, and the file
