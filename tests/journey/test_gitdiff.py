"""Git shows what was changed in a map, and never stops at one that cannot be read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from versions import AFTER, BEFORE, MAP

from cxkit.errors import ParameterError
from cxkit.journey.gitdiff import GitCall, git_call, git_text

NAME = "journeys/join as is.as-is.yaml"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """A repository whose maps are shown by cxkit; a function that runs git in it."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert "fatal" not in done.stderr
        return done.stdout.replace("\u00a0", " ")

    git("init", "-q", "-b", "main")
    for key, value in {"user.name": "A", "user.email": "a@example.org", "commit.gpgsign": "false"}.items():
        git("config", key, value)
    git("config", "diff.cxkit.command", f'"{sys.executable}" -m cxkit.cli diff --git')
    (tmp_path / ".gitattributes").write_text("journeys/*.yaml diff=cxkit\n")
    (tmp_path / "journeys").mkdir()
    write(tmp_path, MAP.format(**BEFORE))
    (tmp_path / "notes.txt").write_text("one\n")
    git("add", "-A")
    git("commit", "-qm", "first")
    return git, tmp_path


def write(root: Path, content: str | bytes, name: str = NAME) -> None:
    (root / name).write_bytes(content.encode() if isinstance(content, str) else content)


@needs_git
def test_git_shows_a_change_in_the_language_of_the_trade(repo):
    git, root = repo
    write(root, MAP.format(**AFTER))
    (root / "notes.txt").write_text("two\n")
    said = git("diff")
    assert "*Verify identity* moved from phone to app; owner changed from Sales to Onboarding" in said
    assert NAME in said
    assert "-one\n+two" in said


@needs_git
def test_the_log_tells_new_broken_mended_and_deleted_files_and_goes_on(repo):
    git, root = repo
    other = "journeys/leave.as-is.yaml"
    for name, content in (
        (other, MAP.format(**BEFORE | {"id": "leave", "label": "Leaving"})),
        (NAME, "id: [broken\n"),
        (NAME, MAP.format(**AFTER)),
    ):
        write(root, content, name)
        git("add", "-A")
        git("commit", "-qm", f"now {name}")
    (root / other).unlink()
    git("commit", "-qam", "away")
    said = git("log", "-p", "--ext-diff")
    assert "A new map: Leaving (as-is), 2 steps" in said
    assert "The map is taken away: Leaving (as-is), 2 steps" in said
    assert said.count("cannot be read as a map") == 2
    assert "+id: [broken" in said
    assert "-id: [broken" in said
    assert said.count("\ncommit ") == 4


@needs_git
def test_a_map_that_was_renamed_keeps_its_story(repo):
    git, root = repo
    git("mv", NAME, "journeys/joining.as-is.yaml")
    write(root, MAP.format(**AFTER), "journeys/joining.as-is.yaml")
    git("add", "-A")
    said = git("diff", "--cached", "-M20%")
    assert f"{NAME} → journeys/joining.as-is.yaml" in said
    assert "moved from phone to app" in said


@needs_git
def test_a_comment_is_shown_as_a_line_of_the_file(repo):
    git, root = repo
    write(root, "# for the board\n" + MAP.format(**BEFORE))
    said = git("diff")
    assert "the map says the same" in said
    assert "+# for the board" in said


@needs_git
def test_a_change_of_mode_is_told(repo):
    git, root = repo
    git("config", "core.fileMode", "true")
    (root / NAME).chmod(0o755)
    assert "mode 100644 → 100755" in git("diff")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "cannot be read as a map"),
        (b"\xff\xfe\x00", "cannot be read as a map"),
        (b"a: &a [*a]\n", "cannot be read as a map"),
        (b"[" * 600, "cannot be read as a map"),
        (b"cxkit: 2\nid: x\n", "cannot be read as a map"),
        (b"target.yaml", "cannot be read as a map"),
    ],
)
def test_what_is_no_map_is_shown_line_by_line(tmp_path, content, why):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text(MAP.format(**BEFORE))
    new.write_bytes(content)
    said = git_text(GitCall("journeys/x.yaml", str(old), str(new)))
    first, second, third, *rest = said.splitlines()
    assert (first, third) == ("diff --cxkit journeys/x.yaml", "--- a/journeys/x.yaml")
    assert why in second
    assert "-id: join" in rest


def test_a_file_that_is_gone_before_it_is_read_is_no_failure(tmp_path):
    said = git_text(GitCall("x.yaml", str(tmp_path / "none"), "/dev/null"))
    assert "cannot be read as a map" in said


def test_a_file_gives_a_terminal_no_orders(tmp_path):
    bad = tmp_path / "bad"
    bad.write_text("a: \x1b[2Jb\n")
    said = git_text(GitCall("x\x1b.yaml", "/dev/null", str(bad)))
    assert "\x1b" not in said
    assert "+a:  [2Jb" in said


def test_git_says_with_one_word_that_a_file_is_not_merged():
    assert git_text(git_call(["journeys/x.yaml"])) == "journeys/x.yaml: not merged yet\n"


def test_a_person_who_asks_for_the_way_of_git_is_told_how_it_is_meant():
    with pytest.raises(ParameterError, match="is for git") as found:
        git_call(["a", "b"])
    assert "git config diff.cxkit.command" in found.value.hint


def test_a_file_of_many_lines_is_not_held_against_another_line_by_line(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("".join(f"a{i}: 1\n" for i in range(21_000)))
    new.write_text("x")
    assert "21,000 → 1 lines" in git_text(GitCall("x.yaml", str(old), str(new)))


@needs_git
def test_a_terminal_without_the_letters_is_no_failure(repo, monkeypatch):
    git, root = repo
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    write(root, MAP.format(**AFTER))
    assert "emotion ?1 ? +1" in git("diff")
