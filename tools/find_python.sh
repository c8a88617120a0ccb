# Sets `python` to a Python that will do: the one in $PYTHON, else the first that is new enough.
# Read by the other scripts with `.`; ends them with one sentence where there is none.

candidates=${PYTHON:-"python3.11 python3.12 python3.13 python3 python"}
python=""
complaint=""
for candidate in $candidates; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    # A name may be there without a Python behind it, as version managers leave them.
    "$candidate" -c "" >/dev/null 2>&1 || continue
    if complaint=$("$candidate" tools/check_python.py); then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    [ -n "$complaint" ] || complaint="No Python answers to ${PYTHON:-python3}: install Python 3.11 or newer."
    echo "$complaint (To name another Python: make … PYTHON=/path/to/python3.11)" >&2
    exit 1
fi
