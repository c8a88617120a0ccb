#!/bin/sh
# Makes .venv ready to run the app (`runtime`) or to work on it (`dev`), from requirements/, by hash.
# Does nothing, fast, when it is ready: what .venv/packages and .venv/project say is what there is.
set -eu
cd "$(dirname "$0")/.."

kind=$1
case $kind in
    runtime) files="requirements/runtime.txt requirements/build.txt" ;;
    dev) files="requirements/dev.txt" ;;
    *) echo "usage: tools/setup.sh runtime|dev" >&2; exit 2 ;;
esac

# Scripts in .venv hold its path, so a folder that was moved needs it anew.
key_of() {
    echo "$PWD $(cat "$@" | cksum)"
}

has_packages() {
    [ "$(cat ".venv/packages-$1" 2>/dev/null || true)" = "$2" ] && [ -x .venv/bin/python ] &&
        { [ -z "${PYTHON:-}" ] || [ "$PYTHON" = "$(cat .venv/made-with)" ]; }
}

install() {
    .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check "$@" && return
    echo "The packages could not be installed; pip says why above. Check that this machine reaches" \
        "its package registry (\`.venv/bin/pip config list\` shows which), then run the same" \
        "command again." >&2
    exit 1
}

packages=$(key_of $files)
# Whatever runs the app is in the larger set too.
if ! has_packages "$kind" "$packages" && ! has_packages dev "$(key_of requirements/dev.txt)"; then
    . tools/find_python.sh
    echo "Setting up .venv with $("$python" --version); this happens once and takes a minute or two …"
    # A half-made or outdated environment is made anew; one for running grows into one for working.
    if ! has_packages runtime "$(key_of requirements/runtime.txt requirements/build.txt)"; then
        "$python" -m venv --clear .venv
        echo "$python" > .venv/made-with
    fi
    rm -f .venv/packages-*
    install --require-hashes $(printf -- '-r %s ' $files)
    echo "$packages" > ".venv/packages-$kind"
fi

project=$(cksum < pyproject.toml)
if [ "$(cat .venv/project 2>/dev/null || true)" != "$project" ]; then
    install --no-deps --no-build-isolation --editable .
    echo "$project" > .venv/project
fi
