"""The rules of the house: import direction, no cycles, file sizes, one name for one thing."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("compiler", "dialects", "runtime", "tessel", "tools")

LAYERS = (
    {"runtime", "dialects"},
    {"compiler.settings", "compiler.diagnostics", "compiler.trusted_files", "compiler.text_table"},
    {"compiler.cache_files"},
    {"compiler.deferred"},
    {"compiler.pipelines", "compiler.stack_check"},
    {"compiler.ir_text", "compiler.locations", "compiler.host_resources"},
    {"compiler.mlir_locations"},
    {"compiler.logs", "compiler.failed_checks"},
    {"compiler.program", "compiler.checked_programs"},
    {"compiler.analysis", "compiler.targets", "compiler.emit", "compiler.frontend.tracing"},
    {"compiler.frontend.numpy", "compiler.lowering", "compiler.decompositions"},
    {"compiler.frontend.python", "compiler.frontend.nn", "compiler.kernels", "compiler.rewrites"},
    {"compiler.frontend"},
    {"compiler.passes"},
    {"compiler.pipeline_parser"},
    {"compiler.worker", "compiler.cache"},
    {"compiler.constant_evaluation"},
    {"compiler.driver"},
    {"compiler.tuning"},
    {
        "compiler.explain",
        "compiler.backend_stages",
        "compiler.compile_ir",
        "compiler.memory_footprint",
    },
    {"compiler.slow_dynamic_kernels", "compiler.compilation_history"},
    {
        "compiler.stages",
        "compiler.output_arrays",
        "compiler.automatic_dynamic",
        "compiler.compiled_entry",
    },
    {"compiler.stateful_calls"},
    {"compiler.state_entry"},
    {"compiler.stances"},
    {"compiler.function_compilation", "compiler.warm_start"},
    {"compiler.compiled_function"},
    {"compiler.api"},
    {"tessel", "tools"},
)
"""Each layer may import those above it and itself; parts of one layer only themselves."""

GATES = {
    "torch_mlir": {"dialects/mlir.py"},
    "mlir": {"dialects/mlir.py"},
    "iree.compiler": {"compiler/targets/iree.py"},
    "iree.runtime": {"runtime"},
    "torch": {"compiler/frontend/torch"},
    "onnx": {"compiler/frontend/onnx"},
}
"""A foreign system -> the one file or folder that imports it."""

RETIRED: dict[str, str] = {
    "AloneKernel": "IsolatedKernel",
    "CLAIMED": "WORKGROUPS_PER_RESERVATION",
    "ColumnSource": "RhsLoader",
    "GemmTiles": "GemmConfiguration",
    "HELPERS_WAIT": "WORKERS_WAIT",
    "KernelProgram": "KernelSequence",
    "KeyBlock": "KvBlock",
    "PART_DEPTH": "PART_K",
    "PanelResult": "TileStore",
    "PlanesProblem": "DepthwiseNchwProblem",
    "RowPart": "RowSlice",
    "RowProgram": "RowSchedule",
    "RowSource": "LhsLoader",
    "Slot": "ArraySpec",
    "WHOLE_DEPTH": "WHOLE_K",
    "_ask_ahead": "_prefetch_next_block",
    "_fetch_next": "_prefetch_next_row",
    "absorb_transposes": "fold_transposes_into_contractions",
    "are_worth_asking": "should_wake",
    "block_depth": "block_k",
    "block_rows": "block_m",
    "broadcast_group": "broadcast_kr_elements",
    "build_alone": "build_isolated",
    "channels lie last": "NHWC",
    "claim": "reserve",
    "claim_units": "run_workgroups",
    "claimed": "reserved",
    "claims": "reservations",
    "columns_of": "trailing_axes_of",
    "compile_units": "compile_grid",
    "default_tiles": "default_configuration",
    "depthwise_planes": "depthwise_nchw",
    "describe_measured": "attach_tuned_configurations",
    "describe_target": "attach_target",
    "do_units": "emit_workgroups",
    "elements_of_a_line": "elements_per_cache_line",
    "epilogue_columns": "trailing_axes",
    "erase_prepare": "erase_constant_evaluation",
    "fewest_units": "min_workgroups",
    "first_lanes": "lane_mask",
    "forget_checks": "strip_check_attributes",
    "forget_shared": "strip_persistent_kernels",
    "forget_target": "strip_target_attributes",
    "from_text": "compile_ir",
    "fuse_moves": "fuse_copies",
    "group_of": "kr_of",
    "group_units": "coarsen_workgroups",
    "has_known_heads": "has_static_heads",
    "has_tiles_in_loops": "emulates_amx",
    "helpers": "workers",
    "hoist_parameters": "hoist_constant_expressions",
    "in_all_lanes": "broadcast_kr_elements",
    "in_steps": "for_tiles",
    "is_frame": "is_image_padding",
    "is_known_before_running": "is_compile_time_constant",
    "keep_reduced_axes": "fold_reshapes_into_reductions",
    "kernel_program": "kernel_sequence",
    "known before running": "constant expression",
    "known only when running": "dynamic",
    "known sizes": "static sizes",
    "known_before_running": "constant_expressions",
    "known_count": "static_count",
    "known_size": "static_size",
    "later_stages": "backend_stages",
    "lie": "be, be stored or be in place",
    "lies": "is, is stored or is in place",
    "load_group": "load_kr_elements",
    "memory_plan": "memory_footprint or workspace_plan",
    "merge_matmuls": "fuse_matmuls_horizontally",
    "narrow_weight": "low_precision_weight",
    "of_known_size": "with_static_size",
    "part_keys": "split_keys",
    "past the caches": "non-temporal",
    "place_of": "source_location_of",
    "place_unit": "move_workgroup",
    "places": "indices, offsets or positions",
    "planes_problem": "nchw_problem",
    "preallocate_results": "results_to_out_params",
    "prepare_function": "constant_evaluation_function",
    "prepared_key": "folded_key",
    "put_channels_last": "convert_conv_to_channels_last",
    "run_prepare": "evaluate_constants",
    "scratch_region": "temporary_region",
    "second cache": "L2",
    "selected_tiles": "selected_configuration",
    "separate_loops": "copy_loop_inits",
    "separate_updates": "resolve_in_place_hazards",
    "shared_count": "kv_head_count",
    "share_kernels": "form_persistent_kernels",
    "share_unknown_units": "coarsen_dynamic_grid",
    "row_sizes": "dynamic_m",
    "sink_scales": "sink_weight_dequantization",
    "sink_transposes": "propagate_transposes",
    "split_units": "split_workgroup",
    "stream_vector": "store_nontemporal",
    "the first cache": "L1",
    "the place": "the index, the offset or the position",
    "third cache": "L3",
    "tiles_in_loops": "emulate_amx",
    "units_at_once": "workgroups_per_dispatch",
    "units_of": "workgroups_of",
    "unknown sizes": "dynamic sizes",
    "unknown_sizes": "dynamic_sizes",
    "user_place": "user_location",
    "with_frame": "with_padding",
    "work-group": "workgroup",
    "work-groups": "workgroups",
}
"""Words that are no longer used -> the field's term for the same (`docs/glossary.md`)."""

NOT_READ = ("docs/glossary.md", "docs/measurements.md")
"""Pages that tell of retired words, or of what was so once."""

SIZE_LIMIT = 400
LONGER_FILES: dict[str, str] = {}
"""Files above the limit, each with its reason."""

FUNCTION_IMPORTS: dict[str, str] = {}
"""Files that import inside a function, each with its reason."""


@cache
def sources() -> dict[str, ast.Module]:
    """Every source file by its path from the root."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return {str(f.relative_to(ROOT)): ast.parse(f.read_text(), str(f)) for f in files}


def module_name(path: str) -> str:
    """`compiler/passes/base.py` -> `compiler.passes.base`; `tessel/nn.py` -> `tessel.nn`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(tree: ast.AST, *, of_checkers: bool = False) -> Iterator[str]:
    """Names of all modules that a tree imports when it runs, with what `from` takes from them.

    What is imported late counts, too; and what only type checkers read, where asked.
    """
    for node in ast.walk(tree) if of_checkers else running(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "deferred":
            yield ast.literal_eval(node.args[0])


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a tree but those that only type checkers read."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield from running(child)


def own_imports(path: str, *, of_checkers: bool = False) -> set[str]:
    """The modules of ours that a file imports, as `compiler.passes.base`."""
    known = {module_name(other) for other in sources()}
    found = set()
    for name in imports(sources()[path], of_checkers=of_checkers):
        local = name.removeprefix("tessel.")
        while local and local not in known:
            local = local.rpartition(".")[0]
        if name.startswith("tessel") and local:
            found.add(local)
    return found - {module_name(path)}


def layer_of(module: str) -> tuple[int, str]:
    """The layer's number and the part of it that a module belongs to."""
    for number, parts in enumerate(LAYERS):
        for part in parts:
            if module == part or module.startswith(part + "."):
                return number, part
    raise AssertionError(f"{module} has no layer: add it to LAYERS")


@pytest.mark.parametrize("path", sorted(sources()))
def test_imports_run_one_way(path: str) -> None:
    """A module imports its own part and layers above it, never a sibling or a layer below."""
    module = module_name(path)
    if module in PACKAGES and module != "tessel":
        return
    number, part = layer_of(module)
    for other in own_imports(path):
        if other in ("compiler", "compiler.frontend", "compiler.kernels"):
            continue
        other_number, other_part = layer_of(other)
        allowed = other_part == part or other_number < number
        assert allowed, f"{path} imports {other}"


def test_no_import_cycles() -> None:
    """Following imports never leads back, those of type checkers included."""
    graph = {
        module_name(path): own_imports(path, of_checkers=True)
        for path in sources()
        if not path.endswith("__init__.py")
    }
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module in done:
            return
        for other in graph.get(module, ()):
            visit(other, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("path", sorted(sources()))
def test_foreign_systems_enter_by_their_gate(path: str) -> None:
    """MLIR's bindings, IREE, torch and ONNX are each imported by one module."""
    for name in imports(sources()[path]):
        if name.startswith("tessel."):
            continue
        for system, gates in GATES.items():
            if name == system or name.startswith(system + "."):
                assert any(path.startswith(gate) for gate in gates), f"{path} imports {name}"


NOT_FOR_CALLS = ("torch_mlir", "mlir", "iree.compiler", "tqdm", "importlib.metadata", "numpy.ma")
"""What nothing but a trace needs, or an argument of its own; most of the time of an import."""

_DECORATES = """
import sys
import numpy
before = set(sys.modules)
import tessel
import tessel.nn, tessel.numpy, tessel.random
@tessel.compile
def f(x):
    return numpy.sin(x)
print(*sorted(set(sys.modules) - before))
"""


def test_what_only_a_trace_needs_is_imported_by_the_first_one() -> None:
    """`import tessel`, and to decorate a function, cost little more than `import numpy`."""
    command = [sys.executable, "-c", _DECORATES]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    modules = found.stdout.split()
    assert "tessel.compiler.compiled_function" in modules
    assert not [
        one for one in modules if f"{one}.".startswith(tuple(f"{n}." for n in NOT_FOR_CALLS))
    ]
    parts = ("passes", "lowering", "kernels", "tuning", "explain", "frontend.numpy", "driver")
    assert not [
        one for one in modules if one.startswith(tuple(f"tessel.compiler.{n}" for n in parts))
    ]


@pytest.mark.parametrize("path", sorted(sources()))
def test_files_are_small(path: str) -> None:
    """400 lines at most, but for named exceptions."""
    lines = len((ROOT / path).read_text().splitlines())
    assert lines <= SIZE_LIMIT or path in LONGER_FILES, f"{path} has {lines} lines"


@pytest.mark.parametrize("path", sorted(sources()))
def test_imports_stand_at_the_top(path: str) -> None:
    """No import inside a function, but for named exceptions."""
    inside = [
        node.lineno
        for function in ast.walk(sources()[path])
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside or path in FUNCTION_IMPORTS, f"{path}:{inside[0]}"


@pytest.mark.parametrize("path", sorted(sources()))
def test_each_file_says_what_lives_there(path: str) -> None:
    """Every file that is not empty begins with documentation."""
    tree = sources()[path]
    assert not tree.body or ast.get_docstring(tree), path


def test_each_pass_has_its_lit_file() -> None:
    """File = pass = lit file, and the other way round."""
    passes = {f.stem for f in (ROOT / "compiler/passes").glob("*.py")} - {"__init__", "base"}
    assert {f.stem for f in (ROOT / "lit_tests/passes").glob("*.mlir")} == passes


def test_each_pass_has_its_python_test() -> None:
    """tests/compiler/passes mirrors compiler/passes."""
    passes = {f.stem for f in (ROOT / "compiler/passes").glob("*.py")} - {"__init__", "base"}
    tests = {f.stem.removeprefix("test_") for f in (ROOT / "tests/compiler/passes").glob("*.py")}
    assert passes <= tests


def test_each_op_family_has_its_lit_file() -> None:
    """lit_tests/dialects has a round trip for each family with ops."""
    families = {
        Path(path).stem
        for path, tree in sources().items()
        if path.startswith("dialects/") and any(_defines_op(node) for node in ast.walk(tree))
    }
    files = {file.stem for file in (ROOT / "lit_tests/dialects").glob("*.mlir")}
    assert families - {"base"} <= files


def test_names_are_words() -> None:
    """Files are named in lower case with underscores."""
    for path in sources():
        assert re.fullmatch(r"(__init__|[a-z][a-z0-9_]*)\.py", Path(path).name), path


def _defines_op(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        keyword.arg == "name" and keyword.value for keyword in node.keywords
    )


def test_editors_find_the_folders_under_the_package() -> None:
    """`.links/tessel` holds what `pyproject.toml` maps, so that a fresh clone needs no build."""
    links = {link.name: link.resolve() for link in (ROOT / ".links/tessel").iterdir()}
    assert all(link.is_symlink() for link in (ROOT / ".links/tessel").iterdir())
    wanted = {name: ROOT / name for name in ("compiler", "dialects", "runtime", "tools")}
    own = [one for one in (ROOT / "tessel").iterdir() if one.name != "__pycache__"]
    assert links == wanted | {one.name: one for one in own}


def test_an_installation_has_every_package() -> None:
    """`pyproject.toml` names each folder with code: checkouts find those that it does not, too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    folders = {module_name(str(Path(path).parent)) for path in sources()}
    names = {one if one.split(".")[0] == "tessel" else f"tessel.{one}" for one in folders}
    assert names == set(project["tool"]["setuptools"]["packages"])


def test_retired_words_are_not_used() -> None:
    """Neither in names nor in text: one concept has one name."""
    pages = [page for page in (ROOT / "docs").glob("*.md")] + [ROOT / "README.md"]
    texts = {str(page.relative_to(ROOT)): page.read_text() for page in pages}
    texts |= {path: (ROOT / path).read_text() for path in sources()}
    pattern = re.compile(rf"\b({'|'.join(RETIRED)})\b")
    found = [
        f"{path}: {word}, use {RETIRED[word]}"
        for path, text in texts.items()
        if path not in NOT_READ
        for word in dict.fromkeys(pattern.findall(text))
    ]
    assert not found
