"""Papers about one network: drawn for it alone, kept with the exam, marked without its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questions.about_network import about, questions_about
from questions.bank import Bank
from questions.blueprint import practice_blueprint, with_networks
from questions.exam_folder import BankChangedError, ExamFolder
from questions.sampling import draw
from questions.stream import Stream
from solvers.network import library
from solvers.text import GradmarkError
from templates.exam import write_exam
from tests.strategies import gradmark

MINE = """
network: {name}
input: [3, 24, 24]
layers:
  - {{conv: {channels}, kernel: 5, padding: 2}}
  - relu
  - {{maxpool: 2}}
  - {{conv: 20, kernel: 3, padding: 1}}
  - flatten
  - {{linear: 10}}
"""


def mine(folder: Path, name: str, channels: int = 12) -> str:
    (folder / f"{name}.yaml").write_text(MINE.format(name=name, channels=channels), "utf-8")
    return f"{name}.yaml"


def exam(tmp_path: Path, name: str, channels: int = 12) -> Path:
    plan = with_networks(practice_blueprint([], 4, "en", network=mine(tmp_path, name, channels)), tmp_path)
    write_exam(Bank(), plan, None, tmp_path / "exam", seed=5)
    return tmp_path / "exam"


def test_every_question_is_about_the_network_and_no_two_are_alike(tmp_path: Path) -> None:
    folder = exam(tmp_path, "mine-a")
    (line,) = (folder / "teacher/keys.jsonl").read_text("utf-8").splitlines()
    items = json.loads(line)["items"]
    assert len(items) == 4
    assert all("mine-a" in json.dumps(item["givens"]) for item in items)
    assert len({item["question"] for item in items}) == 4
    assert all(item["certificate"]["agrees"] for item in items)


def test_the_exam_is_marked_without_the_file_that_it_was_drawn_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = exam(tmp_path, "mine-b")
    (tmp_path / "mine-b.yaml").unlink()
    library.forget("mine-b")
    (line,) = (folder / "teacher/keys.jsonl").read_text("utf-8").splitlines()
    answers = {label: text for item in json.loads(line)["items"] for label, text in item["answers"].items()}
    (tmp_path / "answers.json").write_text(json.dumps({"student": "practice", "answers": answers}), "utf-8")
    code, said, complained = gradmark(capsys, "grade", folder, tmp_path / "answers.json", "--out", tmp_path / "results")
    assert code == 0, said + complained
    (marked,) = json.loads((tmp_path / "results/gradebook.json").read_text("utf-8"))
    assert marked["marks"] == marked["worth"]


def test_every_question_about_networks_is_marked_from_what_the_exam_keeps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Networks with sizes of their own among them: their names could not be stated in a file."""
    ids = [question.id for question in Bank().questions("networks")]
    plan = tmp_path / "plan.yaml"
    plan.write_text(f"exam: e\ntitle: {{en: E, zh: 卷}}\nsections:\n- questions: [{', '.join(ids)}]\n", "utf-8")
    folder = tmp_path / "exam"
    code, said, complained = gradmark(capsys, "generate", plan, "--seed", 77, "--out", folder)
    assert code == 0, said + complained
    (line,) = (folder / "teacher/keys.jsonl").read_text("utf-8").splitlines()
    key = json.loads(line)
    assert any("(" in str(item["givens"]["network"]) for item in key["items"])
    answers = {label: text for item in key["items"] for label, text in item["answers"].items()}
    (tmp_path / "in.json").write_text(json.dumps({"student": key["student"], "answers": answers}), "utf-8")
    code, said, complained = gradmark(capsys, "grade", folder, tmp_path / "in.json", "--out", tmp_path / "results")
    assert code == 0, said + complained
    (marked,) = json.loads((tmp_path / "results/gradebook.json").read_text("utf-8"))
    assert marked["marks"] == marked["worth"]


def test_exams_on_networks_of_one_name_are_marked_beside_each_other(tmp_path: Path) -> None:
    """Each by its own network: the answers, the prompts, and what somebody who asks for that name meets afterwards."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder, channels in zip(folders, (12, 16), strict=True):
        folder.mkdir()
        exam(folder, "mine-e", channels)
    keys = [json.loads((folder / "exam/teacher/keys.jsonl").read_text("utf-8")) for folder in folders]
    assert [item["givens"]["network"] for item in keys[0]["items"]] == [
        item["givens"]["network"] for item in keys[1]["items"]
    ]
    library.forget("mine-e")
    opened = [ExamFolder(folder / "exam", Bank()) for folder in folders]
    papers = [one.paper("practice") for one in opened]
    for key, paper, channels in zip(keys, papers, (12, 16), strict=True):
        stated = [list(item["answers"].values()) for item in key["items"]]
        assert [[target.printed for target in item.variant.targets] for item in paper.items] == stated
        assert any(f"{channels} filters" in item.variant.prompt.en for item in paper.items)
        assert not any(f"{28 - channels} filters" in item.variant.prompt.en for item in paper.items)
    assert [one.item("practice", 2).variant.targets for one in opened] == [p.items[1].variant.targets for p in papers]
    with pytest.raises(GradmarkError, match="no network 'mine-e'"):
        library.find("mine-e")


def test_a_changed_network_stops_the_marking(tmp_path: Path) -> None:
    folder = exam(tmp_path, "mine-c")
    file = folder / "teacher/networks/mine-c.yaml"
    file.write_text(file.read_text("utf-8").replace('"conv": 20', '"conv": 21'), "utf-8")
    with pytest.raises(BankChangedError, match="mine-c"):
        ExamFolder(folder, Bank())


def test_a_section_of_a_blueprint_names_a_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = mine(tmp_path, "mine-d")
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        f"exam: e\ntitle: {{en: E, zh: 卷}}\nsections:\n- {{network: {network}, draw: 2, marks_each: 3}}\n", "utf-8"
    )
    code, said, complained = gradmark(capsys, "generate", plan, "--seed", 1, "--out", tmp_path / "out")
    assert code == 0, said + complained
    assert (tmp_path / "out/teacher/networks/mine-d.yaml").is_file()


def test_two_networks_of_a_blueprint_have_two_names(tmp_path: Path) -> None:
    """Otherwise questions on the one would be about the other."""
    (tmp_path / "a.yaml").write_text(MINE.format(name="mine-f", channels=12), "utf-8")
    (tmp_path / "b.yaml").write_text(MINE.format(name="mine-f", channels=16), "utf-8")
    plan = practice_blueprint([], 1, "en", network="a.yaml")
    both = plan.model_copy(
        update={"sections": [*plan.sections, *practice_blueprint([], 1, "en", network="b.yaml").sections]}
    )
    with pytest.raises(GradmarkError, match=r"a\.yaml and b\.yaml are both called 'mine-f'"):
        with_networks(both, tmp_path)
    assert (
        with_networks(plan.model_copy(update={"sections": plan.sections * 2}), tmp_path).sections[1].network == "mine-f"
    )


def test_a_network_is_asked_about_in_the_sizes_that_a_blueprint_says() -> None:
    """Not in its own."""
    plan = with_networks(practice_blueprint([], 4, "en", network="bert-base(n=8, layers=1, vocabulary=50)"), Path())
    asked = plan.sections[0].network
    assert asked is not None
    variant = draw(about(Bank().question("networks/parameters-of-a-block"), asked), 1)
    assert str(variant.givens["network"]).startswith("bert-base(n=8, layers=1, vocabulary=50)")
    assert "with changed sizes" in variant.prompt.en


def test_only_questions_that_suit_the_network_are_asked() -> None:
    bank = Bank()
    found = questions_about(bank, "vae", 12, Stream("x"))
    assert len(found) == 12
    for id in set(found):
        variant = draw(about(bank.question(id), "vae"), 1)
        assert variant.givens["network"] == "vae"


def test_an_unknown_network_is_said() -> None:
    with pytest.raises(GradmarkError, match="no network 'nothing'"):
        with_networks(practice_blueprint([], 4, "en", network="nothing"), Path())
