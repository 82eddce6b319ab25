#!/bin/sh
# Pin every dependency, with hashes, for all Python versions and platforms that we serve.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install --quiet uv
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        pyproject.toml --extra postgres --extra serial "$@"
}
compile -o requirements/run.txt
compile --group dev -c requirements/run.txt -o requirements/dev.txt
