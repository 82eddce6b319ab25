#!/bin/sh
# Pin every dependency, with hashes, for all Python versions and platforms that we serve.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install --quiet uv
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@"
}
compile pyproject.toml --extra postgres --extra serial --extra s3 -o requirements/run.txt
compile pyproject.toml --extra postgres --extra serial --extra s3 --group dev -c requirements/run.txt \
    -o requirements/dev.txt
# What `make mutants` needs besides: the gate does without.
compile --group mutants -c requirements/run.txt -c requirements/dev.txt -o requirements/mutants.txt
# What sends traces, apart: only who sets its address needs it.
.venv/bin/python -c "
import tomllib
with open('pyproject.toml', 'rb') as file:
    print(*tomllib.load(file)['project']['optional-dependencies']['otel'], sep='\n')" |
    compile - -c requirements/run.txt -c requirements/dev.txt -o requirements/otel.txt
# What builds this project itself.
.venv/bin/python -c "
import tomllib
with open('pyproject.toml', 'rb') as file:
    print(*tomllib.load(file)['build-system']['requires'], 'editables', sep='\n')" |
    compile - -c requirements/run.txt -c requirements/dev.txt -o requirements/build.txt
# The drivers of readers that need a compiler, apart: a machine that cannot build one does without.
.venv/bin/python -c "
import tomllib
with open('pyproject.toml', 'rb') as file:
    extras = tomllib.load(file)['project']['optional-dependencies']
print(*extras['evdev'], *extras['hid'], *extras['pcsc'], sep='\n')" |
    compile - --no-deps -o requirements/drivers.txt
