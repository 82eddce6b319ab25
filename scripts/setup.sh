#!/bin/sh
# Install what is asked for: `run`, `dev`, the tools of the tests (`test-tools`), or those of `make mutants`.
# System packages are installed where this may be done; otherwise it says what to type.
set -eu
cd "$(dirname "$0")/.."
PYTHON="${PYTHON:-python3}"
BIN=.venv/bin
VIRTUAL_PAD=/usr/lib/pcsc/drivers/serial/libifdvpcd.so

say() { printf 'setup: %s\n' "$*" >&2; }

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# apt PURPOSE PACKAGE...: install, or say what to type; never fails.
apt() {
    purpose=$1
    shift
    if may_install; then
        say "installing $* ($purpose)"
        [ -n "${APT_UPDATED:-}" ] || apt-get update -qq >/dev/null 2>&1 || true
        APT_UPDATED=1
        if DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1; then
            return 0
        fi
        say "apt-get could not install $*; $purpose"
    else
        say "missing: $*. $purpose. To have it: sudo apt-get install $*"
    fi
    return 0
}

has_library() { "$PYTHON" -c "import ctypes.util, sys; sys.exit(0 if ctypes.util.find_library('$1') else 1)"; }

make_venv() {
    [ -x "$BIN/python" ] && return 0
    "$PYTHON" -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 15) else 1)' || {
        say "Python 3.11 to 3.14 is needed; $PYTHON is $("$PYTHON" -V 2>&1). Try: make run PYTHON=python3.12"
        exit 1
    }
    if ! "$PYTHON" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        apt "the virtual environment needs it" python3-venv
        "$PYTHON" -m venv .venv || {
            say "no virtual environment could be made. Try: sudo apt-get install python3-venv"
            exit 1
        }
    fi
}

install_python() { # install_python LOCKFILE STAMP
    make_venv
    say "installing $1 into .venv (a minute or two the first time)"
    "$BIN/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
    # The build's own packages too: without this pip would fetch them with no hash.
    "$BIN/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
    "$BIN/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    touch "$2"
}

# install_driver PACKAGE MODULE: build and install an optional reader driver; never fails.
install_driver() {
    "$BIN/python" -c "import $2" >/dev/null 2>&1 && return 0
    pinned=$(mktemp)
    awk -v name="$1" 'index($0, name "==") == 1 { on = 1 } on { print } on && !/\\$/ { exit }' \
        requirements/drivers.txt >"$pinned"
    say "installing the reader driver $1 (half a minute the first time)"
    if "$BIN/python" -m pip install --quiet --disable-pip-version-check --no-deps \
        --require-hashes -r "$pinned" >".venv/$1.log" 2>&1; then
        rm -f ".venv/$1.log"
    else
        say "the driver $1 could not be installed (.venv/$1.log says why): its tests are skipped." \
            "To try again: rm .venv/.drivers"
    fi
    rm -f "$pinned"
}

# What the tests of PC/SC pads, HID scanners and grabbed keyboards need; tried once.
install_drivers() {
    [ -x "$BIN/python" ] && [ "$(uname)" = Linux ] || return 0
    [ ! .venv/.drivers -nt requirements/drivers.txt ] || return 0
    if ! "$BIN/python" -c "import evdev, smartcard" >/dev/null 2>&1; then
        purpose="two reader drivers are built from source; without it their tests are skipped"
        set -- gcc libc6-dev linux-libc-dev swig libpcsclite-dev
        "$BIN/python" -c 'import pathlib, sys, sysconfig
sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())' ||
            set -- "$@" python3-dev
        apt "$purpose" "$@"
    fi
    command -v pcscd >/dev/null 2>&1 && [ -e "$VIRTUAL_PAD" ] ||
        apt "a virtual NFC pad is read through them; without it that test is skipped" \
            pcscd libpcsclite1 vsmartcard-vpcd
    install_driver hidapi hid
    install_driver evdev evdev
    install_driver pyscard smartcard.System
    touch .venv/.drivers
}

case "${1:-}" in
run)
    install_python requirements/run.txt .venv/.run
    has_library zbar || apt "a second decoder reads more labels; without it the first still works" libzbar0
    ;;
dev)
    install_python requirements/dev.txt .venv/.dev
    touch .venv/.run
    has_library zbar || apt "a second decoder reads more labels" libzbar0
    ;;
mutants)
    "$BIN/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/mutants.txt
    touch .venv/.mutants
    ;;
test-tools)
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 ||
        apt "every database test also runs on PostgreSQL; without it those are skipped" postgresql
    command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] ||
        apt "one test runs through a pooler; without it that one is skipped" pgbouncer
    command -v chromium >/dev/null 2>&1 ||
        apt "the browser tests drive Chromium; without it they are skipped" chromium fonts-dejavu-core libnss3-tools
    command -v ffmpeg >/dev/null 2>&1 ||
        apt "the camera tests film labels with it; without it they are skipped" ffmpeg
    command -v node >/dev/null 2>&1 ||
        apt "the scripts of the pages are checked with it" nodejs
    install_drivers
    "$BIN/python" -c "import opentelemetry.sdk" >/dev/null 2>&1 ||
        "$BIN/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
            -r requirements/otel.txt ||
        say "the packages of traces could not be installed: their test is skipped"
    ;;
*)
    say "use: setup.sh run | dev | mutants | test-tools"
    exit 2
    ;;
esac
