"""The demo: embeds the corpus, answers questions, compares with NumPy."""

import argparse
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence

from examples.semantic_search import compare as comparing
from examples.semantic_search.batches import embed_all, load_tokenizer, make_batches
from examples.semantic_search.compare import Comparison
from examples.semantic_search.corpus import Passage, load_corpus
from examples.semantic_search.search import Hit, Index
from examples.semantic_search.weights import load_weights, model_folder

QUESTIONS = (
    "How do I write a Python object as JSON text?",
    "How can I run another program and read its output?",
    "Which function gives every possible ordering of some items?",
    "How can I measure how long a small piece of code takes?",
    "Which parts of the compiler may import which others?",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo with these command-line arguments; 0 when Tessel and NumPy agree."""
    options = _parser().parse_args(arguments)
    folder = model_folder()
    tokenizer, weights = load_tokenizer(folder), load_weights(folder)
    passages = load_corpus(options.passages)
    questions = [options.question] if options.question else list(QUESTIONS)
    batches = make_batches(tokenizer, [passage.text for passage in passages])
    asked = make_batches(tokenizer, questions)

    print(f"{len(passages)} passages and {len(questions)} questions, all-MiniLM-L6-v2, float32")
    embed, reference = comparing.compiled_model(weights), comparing.numpy_model(weights)
    seconds = comparing.compile_shapes(embed, [*batches, *asked])
    index = Index(passages, embed_all(embed, batches), tokenizer, embed)
    answers = [_answer(index, question) for question in questions]

    print("\nmeasuring beside NumPy, for about a minute", flush=True)
    result = comparing.compare(embed, reference, batches, options.rounds)
    eager = comparing.times_slower(comparing.eager_model(weights), embed, batches)
    numpy_index = Index(passages, result.reference, tokenizer, reference)
    same = answers == [_passages(numpy_index.search(question)) for question in questions]
    shapes = len({batch.tokens.shape for batch in [*batches, *asked]})
    _print_table(result, eager, seconds, shapes, same)
    if not options.question and sys.stdin.isatty():
        _prompt(index)
    return 0 if same and result.least_cosine >= 0.99999 else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="semantic_search", description=main.__doc__)
    parser.add_argument("--question", help="asks this instead of the prepared questions")
    parser.add_argument("--passages", type=int, help="searches so many passages (default: all)")
    parser.add_argument("--rounds", type=int, default=1, help="times each side so often")
    return parser


def _answer(index: Index, question: str) -> list[Passage]:
    """Prints the best passages, and returns them."""
    hits = index.search(question)
    print(f"\n{question}")
    for hit in hits:
        text = textwrap.shorten(hit.passage.text, shutil.get_terminal_size().columns - 8)
        print(f"  {hit.score:.2f}  {text}")
    return _passages(hits)


def _passages(hits: Sequence[Hit]) -> list[Passage]:
    return [hit.passage for hit in hits]


def _print_table(
    result: Comparison, eager: float, compile_seconds: float, shapes: int, same: bool
) -> None:
    """Tessel, well-written NumPy, and the model's own code run eagerly (times of a sample)."""
    count = len(result.embeddings)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    seconds = (result.seconds, result.reference_seconds, result.seconds * eager)
    print(f"\n{f'On {cores} cores':24}{'Tessel':>20}{'NumPy by hand':>16}{'NumPy eager':>14}")
    rates = [f"{count / one:.0f}" for one in seconds]
    slower = [f"{one / result.seconds:.1f}" for one in seconds]
    for name, row in (("sentences per second", rates), ("times as long", slower)):
        print(f"{name:24}{row[0]:>20}{row[1]:>16}{row[2]:>14}")
    print(f"{'compile time':24}{f'{compile_seconds:.1f} s, {shapes} shapes':>20}")
    print(f"{'largest difference':24}{result.largest_difference:>20.1e}")
    print(f"{'least cosine':24}{result.least_cosine:>20.7f}")
    print(f"{'same ranking':24}{'yes' if same else 'no':>20}")


def _prompt(index: Index) -> None:
    """Answers what the user types, until an empty line."""
    while True:
        try:
            question = input("\nYour question (empty to end): ").strip()
        except EOFError:
            return
        if not question:
            return
        for hit in index.search(question):
            print(textwrap.indent(textwrap.fill(f"{hit.score:.2f}  {hit.passage.text}", 96), "  "))
