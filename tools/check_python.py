"""Says in one sentence what is wrong with the Python that runs this, if anything.

Old Pythons run it too, so it is written in words that they know.
"""

# ruff: noqa: UP032 - and f-strings are not among them

import sys

OLDEST = (3, 11)
# Left out by distributions that split Python into packages, or by builds that lacked a library.
NEEDED = ("ensurepip", "venv", "sqlite3", "ssl", "ctypes")


def complain():
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < OLDEST:
        return "Python 3.11 or newer is needed, and {} is {}.".format(sys.executable, version)
    missing = [name for name in NEEDED if not is_there(name)]
    if "ensurepip" in missing or "venv" in missing:
        return (
            "Python {} at {} cannot make virtual environments: on Debian or Ubuntu, "
            "`apt-get install python{}.{}-venv` helps.".format(
                version, sys.executable, sys.version_info[0], sys.version_info[1]
            )
        )
    if missing:
        return "Python {} at {} was built without {}: install a complete one.".format(
            version, sys.executable, " and ".join(missing)
        )
    return None


def is_there(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    complaint = complain()
    if complaint:
        print(complaint)
        sys.exit(1)
