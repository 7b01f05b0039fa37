"""The words of the pages themselves, in both languages."""

from __future__ import annotations

from fractions import Fraction

from questions.question import Part
from solvers.text import Language, Text

WORDS: dict[str, Text] = {
    "paper": Text("Paper", "试卷"),
    "student": Text("Student", "学生"),
    "name": Text("Name", "姓名"),
    "marks": Text("marks", "分"),
    "question": Text("Question", "题"),
    "section": Text("Section", "第"),
    "opens": Text("Opens", "开始"),
    "due": Text("Due", "截止"),
    "total": Text("Total", "总分"),
    "of": Text("of", "分，满分"),
    "time": Text("Time", "用时"),
    "minutes": Text("minutes", "分钟"),
    "answer": Text("Answer", "答"),
    "options": Text("Options", "选项"),
    "solution": Text("Worked solution", "解答"),
    "example": Text("With numbers, as an example", "代入一组数为例"),
    "solutions": Text("Key and worked solutions", "答案与解答"),
    "feedback": Text("Feedback", "评卷反馈"),
    "key": Text("Right answer", "正确答案"),
    "your answer": Text("Your answer", "你的答案"),
    "taken as blank": Text("Taken as no answer", "视为未作答"),
    "read as": Text("read as", "识别为"),
    "read from working": Text("Your answer, read from your working", "你的答案（取自所写过程）"),
    "likely cause": Text("Likely cause", "可能的原因"),
    "both": Text("Two likely causes at once", "可能同时有以下两个原因"),
    "both in option": Text("There are two mistakes in the option", "该选项含有两处错误"),
    "either": Text("Likely one of these", "可能的原因是下列之一"),
    "or": Text("or ", "或者"),
    "besides": Text(" Besides: ", "同时，"),
    "apart": Text("Apart from the other point, ", "撇开另一处不谈，"),
    "probably": Text("Probably", "可能是"),
    "certified": Text("Key confirmed by", "答案已验证"),
    "largest difference": Text("largest difference", "最大差异"),
    "steps compared": Text("steps compared", "比对步骤"),
    "not certified": Text("Key not certified", "答案未经独立验证"),
    "expected": Text("Expected", "应填"),
    "blank": Text("No answer", "未作答"),
    "for the teacher": Text("For the teacher only", "仅供教师使用"),
    "seed": Text("seed", "种子"),
    "class report": Text("class report", "全班成绩报告"),
    "papers": Text("Papers", "试卷数"),
    "marked": Text("Marked", "已批改"),
    "mean": Text("mean", "平均分"),
    "median": Text("median", "中位数"),
    "deviation": Text("standard deviation", "标准差"),
    "range": Text("lowest and highest", "最低分与最高分"),
    "histogram": Text("Totals", "总分分布"),
    "percent of the marks": Text("percent of the marks", "得分率（%）"),
    "questions": Text("Questions", "各题情况"),
    "verdicts": Text("Verdicts", "判定"),
    "success": Text("Success", "得分率"),
    "carried": Text("Carried", "沿用给分"),
    "discrimination": Text("Discrimination", "区分度"),
    "misconceptions": Text("Misconceptions found", "发现的误解"),
    "misconception": Text("Misconception", "误解"),
    "conventions": Text("Other conventions than stated", "所用约定与题目不同"),
    "convention": Text("Convention", "约定"),
    "students": Text("Students", "学生"),
    "where": Text("Where", "出现在"),
    "none found": Text("None was found.", "未发现。"),
    "needs a person": Text("Needs a person", "需要人工处理"),
    "source": Text("Source", "来源"),
    "what": Text("What", "情况"),
    "what to do": Text("What to do", "处理办法"),
    "nothing": Text("Nothing.", "无。"),
    "absent": Text("Nothing handed in", "未交卷"),
    "changed marks": Text("Changed marks", "分数变动"),
    "part": Text("Part", "小问"),
    "before": Text("Before", "原分"),
    "after": Text("After", "现分"),
    "reason": Text("Because of a changed", "变动原因"),
    "colon": Text(": ", "："),
    "comma": Text(", ", "，"),
    "stop": Text(".", "。"),
    "gap": Text(" ", ""),
    "(": Text(" (", "（"),
    ")": Text(")", "）"),
}

VERDICTS: dict[str, Text] = {
    "correct": Text("right", "正确"),
    "partial": Text("partly right", "部分正确"),
    "coarse": Text("too coarse", "精度不够"),
    "form": Text("wrong form", "形式不符"),
    "incorrect": Text("not right", "不正确"),
    "unreadable": Text("not readable", "无法识别"),
    "blank": Text("no answer", "未作答"),
}

# The key of a statement, and what a response to one was read as.
TRUTHS: dict[str, Text] = {"true": Text("true", "对"), "false": Text("false", "错")}

_FORMS: dict[str, Text] = {
    "integer": Text("a whole number", "整数"),
    "real": Text("a number", "数"),
    "fraction": Text("a reduced fraction, such as 3/4", "最简分数，如 3/4"),
    "vector": Text("a vector, such as [1, 2]", "向量，如 [1, 2]"),
    "matrix": Text("a matrix, such as [[1, 2], [3, 4]]", "矩阵，如 [[1, 2], [3, 4]]"),
    "tensor": Text("nested lists, such as [[[1, 2], [3, 4]]]", "嵌套列表，如 [[[1, 2], [3, 4]]]"),
    "shape": Text("a shape, such as 64 x 112 x 112", "形状，如 64 x 112 x 112"),
    "complexity": Text("a cost, such as O(n^2 d)", "复杂度，如 O(n^2 d)"),
    "choice": Text("one letter", "一个字母"),
    "choices": Text("every right letter, such as A, C", "所有正确选项的字母，如 A, C"),
    "truth": Text("true or false", "对 或 错"),
    "order": Text("the letters in order, such as B, A, C", "按顺序写出字母，如 B, A, C"),
    "matching": Text("pairs, such as 1-B, 2-A", "配对，如 1-B, 2-A"),
    "text": Text("a name", "名称"),
}


def expected_form(part: Part) -> Text:
    """What a response to the part should look like, with the digits asked for."""
    names = list(part.variables)
    formula = Text(f"a formula in {', '.join(names)}", f"用 {'、'.join(names)} 写出的式子")
    form = formula if part.type == "expression" else _FORMS[part.type]
    digits = precision_words(part)
    form = Text(f"{form.en}, {digits.en}", f"{form.zh}，{digits.zh}") if digits.en else form
    if part.working:
        return Text(f"{form.en}; with the working, one step a line", f"{form.zh}；写出过程，每行一步")
    return form


def precision_words(part: Part) -> Text:
    """`to 4 decimals`, or nothing; the options of a choice show their digits themselves."""
    if part.type == "choice":
        return Text("", "")
    if part.decimals is not None:
        count = part.decimals
        return Text(f"to {count} decimal{'' if count == 1 else 's'}", f"保留 {count} 位小数")
    if part.significant is not None:
        count = part.significant
        return Text(f"to {count} significant figure{'' if count == 1 else 's'}", f"保留 {count} 位有效数字")
    return Text("", "")


def marks_words(marks: Fraction, language: Language) -> str:
    """`1 mark`, `2.5 marks`, `3 分`."""
    shown = shown_marks(marks)
    if language == "zh":
        return f"{shown} 分"
    return f"{shown} mark{'' if marks == 1 else 's'}"


def shown_marks(marks: Fraction) -> str:
    """Marks as a mark sheet writes them, to two decimals: `2`, `1.5`, `0.67`; what is not whole never looks whole. Files keep the exact fraction."""
    whole, rest = divmod(marks, 1)
    hundredths = int(rest * 100 + Fraction(1, 2))
    if rest:
        hundredths = min(max(hundredths, 1), 99)
    return f"{whole}.{hundredths:02d}".rstrip("0").rstrip(".") if hundredths else str(whole)


def marks_of(marks: Fraction, worth: Fraction, language: Language) -> str:
    """What something earned of what it is worth: `1.67 of 3 marks`, `1.67 分（满分 3 分）`."""
    if language == "zh":
        return f"{shown_marks(marks)} 分（满分 {shown_marks(worth)} 分）"
    return f"{shown_marks(marks)} of {marks_words(worth, language)}"


def shown_reading(reading: str, response: str, language: Language) -> str:
    """What a response was read as; a truth in the page's language, unless it was typed just as it was read; no small letters for capitals."""
    if reading in TRUTHS and reading != response:
        return TRUTHS[reading][language]
    return response if reading == response.casefold() else reading


def as_in_words(label: str) -> Text:
    """Where the same was explained before."""
    return Text(f", as in {label}", f"（同 {label}）")


def sentence(words: str) -> str:
    """Words as a sentence begins."""
    return words[:1].upper() + words[1:]
