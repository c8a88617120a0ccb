#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml: every package, with the hashes of its files,
# for every platform and for Python 3.11 and newer. UPGRADE=1 takes the newest versions.
set -eu
cd "$(dirname "$0")/.."

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    uv=.cache/uv/bin/uv
    if [ ! -x "$uv" ]; then
        . tools/find_python.sh
        "$python" -m venv .cache/uv
        .cache/uv/bin/pip install --quiet --disable-pip-version-check uv
    fi
fi

lock() {
    output=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header --no-annotate ${UPGRADE:+--upgrade} --output-file "requirements/$output" "$@"
}

lock dev.txt --extra speed --group dev pyproject.toml
# The smaller sets take their versions from the largest, so that what was tested is what runs.
UPGRADE=""
lock runtime.txt --constraint requirements/dev.txt --extra speed pyproject.toml
lock build.txt --constraint requirements/dev.txt --group build
